// What the worker of one pod remembers of its volumes: for what they were last set up, and how that went.
import { type Backoff, backoff } from '../../common/backoff.ts';
import type { Clock } from '../../common/clock.ts';
import type { VolumesFailure, VolumesState } from '../pod/plan-volumes.ts';

/** As the kubelet's between two tries to mount. */
const RETRY = { initialMs: 500, maxMs: 122_000 };

/** Between tries that have failed several times before. */
const LONG_MS = 8000;

type Memory =
  | { readonly kind: 'due' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'ready'; readonly wanted: string }
  | {
      readonly kind: 'failed';
      readonly wanted: string;
      readonly usable: boolean;
      readonly early: boolean;
      readonly unmounted: readonly string[];
      readonly atMs: number;
      readonly delay: Backoff;
    };

export class VolumeMemory {
  readonly #clock: Clock;
  #memory: Memory = { kind: 'due' };
  /** Beside the worker, for what was wanted when it began. */
  #underway = false;
  /** The pod waits for volumes; undefined: it does not. */
  #waitSinceMs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `wanted`: what the pod asks for now, as one text; another one is another matter. Undefined: nothing. */
  recall(wanted: string | undefined): VolumesState {
    if (wanted === undefined) return { kind: 'none' };
    if (this.#underway) return { kind: 'underway' };
    const memory = this.#memory;
    if (memory.kind === 'due' || memory.kind === 'gone') return memory;
    if (memory.wanted !== wanted) return { kind: 'due' };
    if (memory.kind === 'ready') return { kind: 'ready' };
    const { kind, usable, early, unmounted, atMs, delay } = memory;
    const nowMs = this.#clock.monotonicMs();
    const waitedMs = nowMs - (this.#waitSinceMs ?? nowMs);
    return { kind, usable, early, unmounted, waitedMs, agoMs: nowMs - atMs, delayMs: delay.delayMs };
  }

  begun(): void {
    this.#underway = true;
  }

  /** Whatever it came to. */
  ended(): void {
    this.#underway = false;
  }

  setUp(wanted: string): void {
    this.#memory = { kind: 'ready', wanted };
    this.#waitSinceMs = undefined;
  }

  /** `unmounted`: the names of those that could not be mounted. True when it has gone on for some time. */
  failed(
    wanted: string,
    { usable, early, unmounted }: Pick<VolumesFailure, 'usable' | 'early' | 'unmounted'>,
  ): boolean {
    const before = this.#memory;
    const again = before.kind === 'failed' && before.wanted === wanted;
    const delay = again ? before.delay.next() : backoff(RETRY);
    const atMs = this.#clock.monotonicMs();
    this.#waitSinceMs ??= atMs;
    this.#memory = { kind: 'failed', wanted, usable, early, unmounted, atMs, delay };
    return delay.delayMs >= LONG_MS;
  }

  /** It was told that they have been waited for: that begins anew. */
  toldUnmounted(): void {
    this.#waitSinceMs = this.#clock.monotonicMs();
  }

  /** They are to be looked at again: something is missing. */
  forget(): void {
    this.#memory = { kind: 'due' };
  }

  gone(): void {
    this.#memory = { kind: 'gone' };
  }
}
