// Pods on an agent that is lost: when they are to be deleted, as the node lifecycle controller would, and when not at all
// because too many agents vanished together: then the cause is more likely ours than theirs.
import { ON_DISCONNECT_ANNOTATION } from '../../common/names.ts';
import { isTerminal, type Pod } from '../../common/pod.ts';
import { type Taint, toleratedSeconds } from './placement/taints.ts';

export interface LostAgent {
  /** Unix milliseconds. */
  readonly sinceMs: number;
}

const UNREACHABLE: Taint = { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' };
/** Of a pod that says nothing; Kubernetes writes the same into every pod. */
const DEFAULT_SECONDS = 300;
const TOGETHER_MS = 60_000;
const MAX_SHARE = 0.55;

/** Unix milliseconds; undefined: never. */
export function evictionDueMs(pod: Pod, { sinceMs }: LostAgent): number | undefined {
  const { metadata, status } = pod;
  if (metadata.deletionTimestamp !== undefined || isTerminal(status)) return undefined;
  if (metadata.annotations?.[ON_DISCONNECT_ANNOTATION] === 'keep') return undefined;
  const seconds = toleratedSeconds(pod, UNREACHABLE, DEFAULT_SECONDS);
  return seconds === undefined ? undefined : sinceMs + seconds * 1000;
}

/**
 * Whether more than 55 % of the agents that were there vanished within a minute of this one, and are still away. One agent
 * alone is no crowd: a fleet of one would never be given up.
 */
export function vanishedTogether(
  agent: LostAgent,
  fleet: { readonly lost: readonly LostAgent[]; readonly ready: number },
): boolean {
  const together = fleet.lost.filter(
    ({ sinceMs }) => Math.abs(sinceMs - agent.sinceMs) <= TOGETHER_MS,
  ).length;
  return together > 1 && together > MAX_SHARE * (together + fleet.ready);
}
