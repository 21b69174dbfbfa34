// When a pod's volumes are made, made anew after a change, and taken away. Containers start once they are all there; when
// only a change could not be followed, what was there before still is, and they start with that.
import type { Plan } from './plan.ts';
import type { Situation } from './situation.ts';

export type VolumesState =
  /** The pod has none. */
  | { readonly kind: 'none' }
  /** Nothing has been tried yet for what the pod asks for now. */
  | { readonly kind: 'due' }
  /** They are being set up. */
  | { readonly kind: 'underway' }
  | { readonly kind: 'ready' }
  | VolumesFailure
  /** Taken away for good. */
  | { readonly kind: 'gone' };

export interface VolumesFailure {
  readonly kind: 'failed';
  /** Each has what it had before. */
  readonly usable: boolean;
  /** All that is lacked is likely to be here in a moment. */
  readonly early: boolean;
  readonly agoMs: number;
  readonly delayMs: number;
  /** The names of those that could not be mounted. */
  readonly unmounted: readonly string[];
  /** How long the pod has waited for them, or since that was told. */
  readonly waitedMs: number;
}

/** How long a kubelet waits for a pod's volumes before it says so, and begins anew. */
const WAIT_MS = 123_000;

export function planVolumes({ volumes }: Situation): Plan {
  switch (volumes.kind) {
    case 'due':
      return SET_UP;
    case 'failed':
      return planAfterFailure(volumes);
    case 'none':
    case 'underway':
    case 'ready':
    case 'gone':
      return NOTHING;
    default:
      return volumes satisfies never;
  }
}

function planAfterFailure({ usable, agoMs, delayMs, unmounted, waitedMs }: VolumesFailure): Plan {
  const tells = !usable && unmounted.length > 0;
  if (tells && waitedMs >= WAIT_MS) {
    return { steps: [{ kind: 'tell-unmounted', volumes: unmounted }], wakeInMs: undefined };
  }
  if (agoMs >= delayMs) return SET_UP;
  const retryMs = delayMs - agoMs;
  return { steps: [], wakeInMs: tells ? Math.min(retryMs, WAIT_MS - waitedMs) : retryMs };
}

export function volumesUsable({ volumes }: Situation): boolean {
  const { kind } = volumes;
  return kind === 'none' || kind === 'ready' || (kind === 'failed' && volumes.usable);
}

/** They are there, or about to be. */
export function volumesExpected(situation: Situation): boolean {
  const { volumes } = situation;
  return volumesUsable(situation) || (volumes.kind === 'failed' && volumes.early);
}

/** For a pod of which nothing lives any more. */
export function planTearDown({ volumes }: Situation): Plan {
  return volumes.kind === 'none' || volumes.kind === 'gone' ? NOTHING : TEAR_DOWN;
}

const NOTHING: Plan = { steps: [], wakeInMs: undefined };
const SET_UP: Plan = { steps: [{ kind: 'set-up-volumes' }], wakeInMs: undefined };
const TEAR_DOWN: Plan = { steps: [{ kind: 'tear-down-volumes' }], wakeInMs: undefined };
