// Who is placed first.
import type { Pod } from '../../../common/pod.ts';

/** Higher priority first, then the older pod, then by UID so that the order never wavers. */
export function comparePlacementOrder(a: Pod, b: Pod): number {
  return (
    priorityOf(b) - priorityOf(a) ||
    compareTimes(a.metadata.creationTimestamp, b.metadata.creationTimestamp) ||
    compareText(a.metadata.uid, b.metadata.uid)
  );
}

/** The API server writes all times alike, so that their texts are in order as they are; others are read. */
export function compareTimes(a = '', b = ''): number {
  return a.length === b.length ? compareText(a, b) : (Date.parse(a) || 0) - (Date.parse(b) || 0);
}

function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

export function priorityOf({ spec }: Pick<Pod, 'spec'>): number {
  return spec.priority ?? 0;
}
