// `npm run bench [-- NAME …]`: measures, keeps the results in results.json and writes docs/benchmarks.md. Ends with one
// line per figure; a missed target is told, and does not fail the run.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Docker from 'dockerode';
import { describeError } from '../../common/errors.ts';
import type { Benchmark } from './benchmark.ts';
import { agentMemory } from './benchmarks/agent-memory.ts';
import { agentStats } from './benchmarks/agent-stats.ts';
import { exec } from './benchmarks/exec.ts';
import { fleetScale } from './benchmarks/fleet-scale.ts';
import { logs } from './benchmarks/logs.ts';
import { manyExecs } from './benchmarks/many-execs.ts';
import { manyLogs } from './benchmarks/many-logs.ts';
import { placement } from './benchmarks/placement.ts';
import { podBurst } from './benchmarks/pod-burst.ts';
import { podStart } from './benchmarks/pod-start.ts';
import { portForward } from './benchmarks/port-forward.ts';
import { describeMachine } from './machine.ts';
import { renderResults } from './render.ts';
import { type BenchmarkResult, mergeResults, type Results, resultLine } from './results.ts';
import { measure } from './rounds.ts';

const root = join(import.meta.dirname, '../..');
const RESULTS = join(import.meta.dirname, 'results.json');
const PAGE = join(root, 'docs/benchmarks.md');

const benchmarks = [
  ...[podStart(), podBurst(), agentMemory(), agentStats()],
  ...[placement(), fleetScale(), exec(), logs(), manyExecs(), manyLogs(), portForward()],
];

const names = process.argv.slice(2);
const unknown = names.find((name) => !benchmarks.some((benchmark) => benchmark.name === name));
if (unknown) {
  const all = benchmarks.map(({ name }) => name).join(', ');
  console.error(`no benchmark '${unknown}': choose among ${all}`);
  process.exit(2);
}

const lines: string[] = [];
for (const benchmark of benchmarks) {
  if (names.length > 0 && !names.includes(benchmark.name)) continue;
  try {
    const result = await runBenchmark(benchmark);
    keep({ [benchmark.name]: result });
    lines.push(...result.figures.map((figure) => resultLine(benchmark.name, figure)));
  } catch (error) {
    lines.push(`${benchmark.name}: FAILED: ${describeError(error)}`);
    process.exitCode = 1;
  }
}
console.log(lines.join('\n'));

async function runBenchmark(benchmark: Benchmark): Promise<BenchmarkResult> {
  const figures = await measure(benchmark, { say: (line) => console.error(line) });
  return {
    what: benchmark.what,
    measuredAt: new Date().toISOString(),
    commit: execFileSync('git', ['describe', '--always', '--dirty'], { cwd: root, encoding: 'utf8' }).trim(),
    rounds: benchmark.rounds,
    machine: await describeMachine(new Docker()),
    figures,
  };
}

/** At once after each benchmark, so that a later one that fails costs nothing. */
function keep(measured: Results): void {
  const before = existsSync(RESULTS) ? (JSON.parse(readFileSync(RESULTS, 'utf8')) as Results) : {};
  const results = mergeResults(before, measured);
  writeFileSync(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(PAGE, renderResults(results));
}
