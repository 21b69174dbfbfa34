// A pod that occupies an agent: placed there, not ended, or not yet confirmed gone.
import type { Pod } from '../../../common/pod.ts';

export interface PlacedPod {
  readonly pod: Pod;
  readonly agentUid: string;
}

/** It is being deleted. */
export function isLeaving({ metadata }: Pick<Pod, 'metadata'>): boolean {
  return metadata.deletionTimestamp !== undefined;
}
