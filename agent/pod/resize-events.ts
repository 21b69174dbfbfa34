// The events of a resize, as a kubelet tells them: each is one of the change from a status to the next.
import { isTerminal, type Pod, type PodCondition, type PodStatus } from '../../common/pod.ts';
import { type Member, podMembers } from './pod-containers.ts';
import type { PodEvent } from './status-events.ts';

export function resizeEvents(pod: Pod, before: PodStatus | undefined, after: PodStatus): readonly PodEvent[] {
  const waited = find(before, 'PodResizePending');
  const waits = find(after, 'PodResizePending');
  const went = find(before, 'PodResizeInProgress');
  const goes = find(after, 'PodResizeInProgress');
  const events: PodEvent[] = [];
  if (waits && !isSame(waits, waited)) {
    const { reason = '', message } = waits;
    events.push({ type: 'Warning', reason: `Resize${reason}`, message: summary(pod, reason, message) });
  }
  if (goes && (!went || goes.observedGeneration !== went.observedGeneration))
    events.push({ type: 'Normal', reason: 'ResizeStarted', message: summary(pod, 'started') });
  if (goes?.reason === 'Error' && !isSame(goes, went))
    events.push({ type: 'Warning', reason: 'ResizeError', message: summary(pod, 'error', goes.message) });
  if (went && !goes && !waits && !isTerminal(after))
    events.push({ type: 'Normal', reason: 'ResizeCompleted', message: summary(pod, 'completed') });
  return events;
}

function find(status: PodStatus | undefined, type: string): PodCondition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

/** Messages may count what others have: that changes without news. */
function isSame(a: PodCondition, b: PodCondition | undefined): boolean {
  return a.reason === b?.reason && a.observedGeneration === b?.observedGeneration;
}

function summary(pod: Pod, what: string, error?: string): string {
  const members = podMembers(pod);
  const sidecars = members.filter(({ kind }) => kind === 'sidecar').map(asked);
  const content = {
    ...(sidecars.length > 0 ? { initContainers: sidecars } : {}),
    containers: members.filter(({ kind }) => kind === 'regular').map(asked),
    generation: pod.metadata.generation ?? 0,
    ...(error ? { error } : {}),
  };
  return `Pod resize ${what}: ${JSON.stringify(content)}`;
}

function asked({ spec: { name, resources } }: Member): object {
  const limits = sorted(resources?.limits);
  const requests = sorted(resources?.requests);
  return { name, resources: { ...(limits ? { limits } : {}), ...(requests ? { requests } : {}) } };
}

function sorted(amounts: Readonly<Record<string, string>> | undefined): object | undefined {
  const entries = Object.entries(amounts ?? {});
  return entries.length > 0 ? Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1))) : undefined;
}
