// How often each probe of a pod has come to what, and how long it took: by the container's name, since they go on over its
// restarts.
import { PROBE_BUCKETS } from '../../common/probe-durations.ts';
import type { ProbeTarget } from '../pod/probe-targets.ts';
import type { ProbeOutcome } from './probe-outcome.ts';

export interface ProbeCount {
  readonly type: string;
  readonly successful: number;
  readonly failed: number;
  /** It could not be made. */
  readonly unknown: number;
  /** Of those that succeeded: in each bucket, and in that of the longer ones. */
  readonly durationCounts: readonly number[];
  readonly durationUsec: number;
}

const NONE = {
  ...{ successful: 0, failed: 0, unknown: 0 },
  ...{ durationCounts: [...PROBE_BUCKETS, Number.POSITIVE_INFINITY].map(() => 0), durationUsec: 0 },
};

export interface ProbeEnd {
  /** `error`: it could not be made. */
  readonly outcome: ProbeOutcome['kind'] | 'error';
  readonly tookMs: number;
}

export class ProbeCounts {
  readonly #byContainer = new Map<string, Map<string, ProbeCount>>();

  add({ container, kind }: Pick<ProbeTarget, 'container' | 'kind'>, { outcome, tookMs }: ProbeEnd): void {
    const kinds = this.#byContainer.get(container) ?? new Map<string, ProbeCount>();
    this.#byContainer.set(container, kinds);
    const before = kinds.get(kind) ?? { type: kind, ...NONE };
    const result = RESULTS[outcome];
    const durations = result === 'successful' ? longer(before, tookMs) : {};
    kinds.set(kind, { ...before, [result]: before[result] + 1, ...durations });
  }

  of(container: string): readonly ProbeCount[] {
    return [...(this.#byContainer.get(container)?.values() ?? [])];
  }
}

function longer({ durationCounts, durationUsec }: ProbeCount, tookMs: number) {
  const found = PROBE_BUCKETS.findIndex((bound) => tookMs <= bound * 1000);
  const bucket = found < 0 ? PROBE_BUCKETS.length : found;
  return {
    durationCounts: durationCounts.with(bucket, (durationCounts[bucket] ?? 0) + 1),
    durationUsec: durationUsec + Math.round(tookMs * 1000),
  };
}

const RESULTS = {
  success: 'successful',
  warning: 'successful',
  failure: 'failed',
  error: 'unknown',
} as const;
