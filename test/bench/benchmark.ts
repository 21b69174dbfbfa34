// What a benchmark is: something of ours, beside the least that any program would need for the same (its floor), both
// measured in alternating rounds of one run, so that the machine's mood strikes both.

export interface Benchmark<Figure extends string = string> {
  readonly name: string;
  /** One sentence: what is measured, and against what. */
  readonly what: string;
  readonly figures: Readonly<Record<Figure, FigureSpec>>;
  readonly rounds: number;
  /** Its setup has warmed it up already: every round counts. */
  readonly isWarm?: true;
  setup(context: BenchContext): Promise<void>;
  run(round: number): Promise<Readonly<Record<Figure, number>>>;
  /** Absent where every target is absolute. */
  floor?(round: number): Promise<Readonly<Record<Figure, number>>>;
  /** Called whatever happened, a failed setup too. */
  teardown(): Promise<void>;
}

export interface FigureSpec {
  readonly unit: 'ms' | 'MiB' | 'MB/s' | '%' | '/s';
  readonly target: Target;
}

/** Compared are medians: of what ours divided by the floor's is in each round, of ours less the floor's, or of ours alone. */
export type Target = { readonly kind: 'ratio' | 'difference' | 'absolute' } & Bound;

type Bound = { readonly atMost: number } | { readonly atLeast: number };

export interface BenchContext {
  /** For whoever watches the run. */
  say(line: string): void;
}
