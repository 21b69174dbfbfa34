// Runs one benchmark: ours and the floor in turn, round after round, whoever was first coming second in the next.
import type { BenchContext, Benchmark } from './benchmark.ts';
import type { FigureResult } from './results.ts';
import { summarise } from './statistics.ts';

type Side = 'run' | 'floor';

/** The first round warms up and does not count, where the setup has not done so. */
export async function measure(benchmark: Benchmark, context: BenchContext): Promise<FigureResult[]> {
  const samples: Record<Side, Readonly<Record<string, number>>[]> = { run: [], floor: [] };
  try {
    await benchmark.setup(context);
    for (let round = benchmark.isWarm ? 1 : 0; round <= benchmark.rounds; round++) {
      const order: readonly Side[] = round % 2 === 0 ? ['floor', 'run'] : ['run', 'floor'];
      for (const side of order) {
        const measured = await benchmark[side]?.(round);
        if (!measured) continue;
        context.say(`${benchmark.name} round ${round} ${side}: ${describe(measured)}`);
        if (round > 0) samples[side].push(measured);
      }
    }
  } finally {
    await benchmark.teardown();
  }
  return Object.entries(benchmark.figures).map(([figure, { unit, target }]) => ({
    figure,
    unit,
    target,
    ours: summarise(column(samples.run, figure)),
    ...(benchmark.floor && { floor: summarise(column(samples.floor, figure)) }),
  }));
}

function column(samples: readonly Readonly<Record<string, number>>[], figure: string): number[] {
  return samples.map((sample) => {
    const value = sample[figure];
    if (value === undefined) throw new Error(`a round measured no '${figure}'`);
    return value;
  });
}

function describe(measured: Readonly<Record<string, number>>): string {
  return Object.entries(measured)
    .map(([figure, value]) => `${figure} ${value.toFixed(1)}`)
    .join(', ');
}
