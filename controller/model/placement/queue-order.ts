// Who is placed first.
import type { Pod } from '../../../common/pod.ts';

/** Higher priority first, then the older pod, then by UID so that the order never wavers. */
export function comparePlacementOrder(a: Pod, b: Pod): number {
  return (
    priorityOf(b) - priorityOf(a) ||
    createdMs(a) - createdMs(b) ||
    (a.metadata.uid === b.metadata.uid ? 0 : a.metadata.uid < b.metadata.uid ? -1 : 1)
  );
}

export function priorityOf({ spec }: Pick<Pod, 'spec'>): number {
  return spec.priority ?? 0;
}

function createdMs({ metadata }: Pick<Pod, 'metadata'>): number {
  return Date.parse(metadata.creationTimestamp ?? '') || 0;
}
