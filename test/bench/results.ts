// The results kept between runs: each run replaces what it measured and leaves the rest.
import type { FigureSpec, Target } from './benchmark.ts';
import type { MachineDescription } from './machine.ts';
import { type Summary, summarise } from './statistics.ts';

export interface FigureResult {
  readonly figure: string;
  readonly unit: FigureSpec['unit'];
  readonly target: Target;
  readonly ours: Summary;
  /** Absent for a target that is absolute. */
  readonly floor?: Summary;
}

export interface BenchmarkResult {
  readonly what: string;
  /** RFC 3339. */
  readonly measuredAt: string;
  readonly commit: string;
  readonly rounds: number;
  readonly machine: MachineDescription;
  readonly figures: readonly FigureResult[];
}

export type Results = Readonly<Record<string, BenchmarkResult>>;

/** Sorted by name, so that a run changes only the lines it measured. */
export function mergeResults(before: Results, measured: Results): Results {
  const all = Object.entries({ ...before, ...measured });
  return Object.fromEntries(all.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The number the target speaks of. */
export function compared({ target, ours, floor }: FigureResult): number {
  switch (target.kind) {
    case 'ratio':
      return overRounds(ours, floor, (one, other) => one / other);
    case 'difference':
      return overRounds(ours, floor, (one, other) => one - other);
    case 'absolute':
      return ours.median;
    default:
      return target.kind satisfies never;
  }
}

/** The middle of what the rounds give: both sides of a round were measured in the same mood of the machine. */
function overRounds(
  ours: Summary,
  floor: Summary | undefined,
  compare: (ours: number, floor: number) => number,
): number {
  if (!floor) throw new Error('a target that is not absolute needs a floor');
  return summarise(ours.samples.map((sample, round) => compare(sample, floor.samples[round] ?? Number.NaN)))
    .median;
}

export function isMet(result: FigureResult): boolean {
  const { target } = result;
  return 'atMost' in target ? compared(result) <= target.atMost : compared(result) >= target.atLeast;
}

/** `pod-start: Running 356 ms (340 to 371), floor 330 ms, ratio 1.08x, target at most 1.15x: met`. */
export function resultLine(name: string, result: FigureResult): string {
  const { figure, unit, ours, floor } = result;
  const verdict = isMet(result) ? 'met' : 'MISSED';
  const beside = floor ? `, floor ${amount(floor.median, unit)}, ${comparison(result)}` : '';
  return `${name}: ${figure} ${amount(ours.median, unit)} (${spread(result)})${beside}, target ${targetText(result)}: ${verdict}`;
}

export function comparison(result: FigureResult): string {
  const { target, ours, floor, unit } = result;
  const value = compared(result);
  if (target.kind === 'difference') return `${value < 0 ? '' : '+'}${amount(value, unit)}`;
  return floor ? `ratio ${overRounds(ours, floor, (one, other) => one / other).toFixed(2)}x` : '';
}

export function targetText({ target, unit }: FigureResult): string {
  const [bound, value] =
    'atMost' in target ? (['at most', target.atMost] as const) : (['at least', target.atLeast] as const);
  if (target.kind === 'ratio') return `${bound} ${value.toFixed(2)}x`;
  return `${bound} ${target.kind === 'difference' ? '+' : ''}${value} ${unit}`;
}

export function spread({ ours, unit }: FigureResult): string {
  return `${number(ours.min, unit)} to ${number(ours.max, unit)}`;
}

export function amount(value: number, unit: FigureSpec['unit']): string {
  return `${number(value, unit)} ${unit}`;
}

function number(value: number, unit: FigureSpec['unit']): string {
  if (unit === 'ms' && Math.abs(value) < 10 && !Number.isInteger(value)) return value.toFixed(2);
  return value.toFixed(unit === 'MiB' || unit === 'MB/s' ? 1 : 0);
}
