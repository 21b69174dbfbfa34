// One pod as operators see it in a list.
import type { PodInfo } from '../../proto/gen/longshore/v1/PodInfo.ts';
import { readPlacement } from '../model/placement-record.ts';
import { podLine } from '../model/pod-display.ts';
import type { PodEntry } from './pod-entry.ts';

/** None for a pod that the API server has no more. */
export function podInfo({ pod, placement, decision }: Readonly<PodEntry>): PodInfo[] {
  if (!pod) return [];
  const { namespace, name, uid, creationTimestamp } = pod.metadata;
  const record = readPlacement(pod.status);
  const judged = decision?.outcome.kind === 'waiting' ? decision.outcome.summary : undefined;
  const recorded = record.kind === 'waiting' || record.kind === 'unreadable' ? record.message : '';
  const line = podLine(pod);
  const info: PodInfo = {
    namespace,
    name,
    uid,
    phase: pod.status?.phase ?? 'Pending',
    status: line.status,
    containers: line.containers,
    containersReady: line.ready,
    restarts: line.restarts,
    agent: placement?.agent ?? '',
    waitingReason: placement ? '' : (judged ?? recorded),
    createdAtMs: Date.parse(creationTimestamp ?? '') || 0,
  };
  return [info];
}
