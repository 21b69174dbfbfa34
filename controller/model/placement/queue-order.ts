// Who is placed first.
import type { Pod } from '../../../common/pod.ts';

/** Higher priority first, then the older pod, then by UID so that the order never wavers. */
export function comparePlacementOrder(a: Pod, b: Pod): number {
  return priorityOf(b) - priorityOf(a) || compareAge(a, b) || compareText(a.metadata.uid, b.metadata.uid);
}

/** The API server writes all times alike, so that their texts are in order as they are; others are read. */
function compareAge(a: Pod, b: Pod): number {
  const [one = '', other = ''] = [a.metadata.creationTimestamp, b.metadata.creationTimestamp];
  return one.length === other.length ? compareText(one, other) : createdMs(a) - createdMs(b);
}

function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

export function priorityOf({ spec }: Pick<Pod, 'spec'>): number {
  return spec.priority ?? 0;
}

function createdMs({ metadata }: Pick<Pod, 'metadata'>): number {
  return Date.parse(metadata.creationTimestamp ?? '') || 0;
}
