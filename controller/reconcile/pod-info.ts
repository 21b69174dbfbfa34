// One pod as operators see it in a list.
import type { PodInfo } from '../../proto/gen/longshore/v1/PodInfo.ts';
import { readPlacement } from '../model/placement-record.ts';
import { podLine } from '../model/pod-display.ts';
import type { PodEntry } from './pod-entry.ts';

/** Why the pod has no agent; empty: it has one, or nothing is known yet. */
export function waitingReason({ pod, placement, decision }: Readonly<PodEntry>): string {
  if (placement) return '';
  if (decision?.outcome.kind === 'waiting') return decision.outcome.summary;
  const record = readPlacement(pod?.status);
  return record.kind === 'waiting' || record.kind === 'unreadable' ? record.message : '';
}

/** None for a pod that the API server has no more. */
export function podInfo(entry: Readonly<PodEntry>): PodInfo[] {
  const { pod, placement } = entry;
  if (!pod) return [];
  const { namespace, name, uid, creationTimestamp } = pod.metadata;
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
    waitingReason: waitingReason(entry),
    createdAtMs: Date.parse(creationTimestamp ?? '') || 0,
  };
  return [info];
}
