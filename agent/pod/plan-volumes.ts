// When a pod's volumes are made, made anew after a change, and taken away. Containers start once they are all there; when
// only a change could not be followed, what was there before still is, and they start with that.
import type { Plan } from './plan.ts';
import type { Situation } from './situation.ts';

export type VolumesState =
  /** The pod has none. */
  | { readonly kind: 'none' }
  /** Nothing has been tried yet for what the pod asks for now. */
  | { readonly kind: 'due' }
  | { readonly kind: 'ready' }
  /** `usable`: each has what it had before. */
  | { readonly kind: 'failed'; readonly usable: boolean; readonly agoMs: number; readonly delayMs: number }
  /** Taken away for good. */
  | { readonly kind: 'gone' };

export function planVolumes({ volumes }: Situation): Plan {
  switch (volumes.kind) {
    case 'due':
      return SET_UP;
    case 'failed':
      return volumes.agoMs < volumes.delayMs
        ? { steps: [], wakeInMs: volumes.delayMs - volumes.agoMs }
        : SET_UP;
    case 'none':
    case 'ready':
    case 'gone':
      return NOTHING;
    default:
      return volumes satisfies never;
  }
}

export function volumesUsable({ volumes }: Situation): boolean {
  const { kind } = volumes;
  return kind === 'none' || kind === 'ready' || (kind === 'failed' && volumes.usable);
}

/** For a pod of which nothing lives any more. */
export function planTearDown({ volumes }: Situation): Plan {
  return volumes.kind === 'none' || volumes.kind === 'gone' ? NOTHING : TEAR_DOWN;
}

const NOTHING: Plan = { steps: [], wakeInMs: undefined };
const SET_UP: Plan = { steps: [{ kind: 'set-up-volumes' }], wakeInMs: undefined };
const TEAR_DOWN: Plan = { steps: [{ kind: 'tear-down-volumes' }], wakeInMs: undefined };
