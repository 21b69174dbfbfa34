// How often each probe of a pod has come to what: by the container's name, since they go on over its restarts.
import type { ProbeTarget } from '../pod/probe-targets.ts';
import type { ProbeOutcome } from './probe-outcome.ts';

export interface ProbeCount {
  readonly type: string;
  readonly successful: number;
  readonly failed: number;
  /** It could not be made. */
  readonly unknown: number;
}

export class ProbeCounts {
  readonly #byContainer = new Map<string, Map<string, ProbeCount>>();

  /** `error`: it could not be made. */
  add(
    { container, kind }: Pick<ProbeTarget, 'container' | 'kind'>,
    outcome: ProbeOutcome['kind'] | 'error',
  ): void {
    const kinds = this.#byContainer.get(container) ?? new Map<string, ProbeCount>();
    this.#byContainer.set(container, kinds);
    const before = kinds.get(kind) ?? { type: kind, successful: 0, failed: 0, unknown: 0 };
    const result = RESULTS[outcome];
    kinds.set(kind, { ...before, [result]: before[result] + 1 });
  }

  of(container: string): readonly ProbeCount[] {
    return [...(this.#byContainer.get(container)?.values() ?? [])];
  }
}

const RESULTS = {
  success: 'successful',
  warning: 'successful',
  failure: 'failed',
  error: 'unknown',
} as const;
