// docs/benchmarks.md, made of the results; nothing in it is written by hand.
import type { MachineDescription } from './machine.ts';
import {
  amount,
  type BenchmarkResult,
  comparison,
  isMet,
  type Results,
  spread,
  targetText,
} from './results.ts';

const HEAD = `# Benchmarks

Written by \`npm run bench\`; do not edit. Most figures stand beside their floor: the least that any program would need for
the same, measured in the same run. Ours and the floor take turns, round by round, and the one that was first comes second
in the next round; the first round warms up and does not count. Given are medians, with the smallest and largest of ours
in brackets; a ratio or a difference is the median of what the rounds give, since both sides of a round met the same
machine, however busy. What missed its target says so.

Run one again with \`npm run bench -- NAME\`; its result replaces the one here.
`;

export function renderResults(results: Results): string {
  const sections = Object.entries(results).map(([name, result]) => section(name, result));
  return [HEAD, ...sections].join('\n');
}

function section(name: string, result: BenchmarkResult): string {
  const rows = result.figures.map((figure) => {
    const ours = `${amount(figure.ours.median, figure.unit)} (${spread(figure)})`;
    const floor = figure.floor ? amount(figure.floor.median, figure.unit) : '';
    const verdict = isMet(figure) ? 'yes' : '**no**';
    return `| ${figure.figure} | ${ours} | ${floor} | ${comparison(figure)} | ${targetText(figure)} | ${verdict} |`;
  });
  return `## ${name}

${result.what}

| | Longshore | floor | | target | met |
|---|---|---|---|---|---|
${rows.join('\n')}

${result.rounds} rounds on ${result.measuredAt.slice(0, 10)} at ${result.commit}: ${machineText(result.machine)}.
`;
}

function machineText({ processor, cores, memoryGiB, system, docker, node }: MachineDescription): string {
  return `${cores} × ${processor}, ${memoryGiB} GiB, ${system}, Docker ${docker}, Node.js ${node}`;
}
