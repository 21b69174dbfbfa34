// The pod's status as the agent knows it: what the controller publishes. A terminal phase is final, and times move
// only when what they date moves.
import { type ContainerStatus, isTerminal, type PodStatus } from '../../common/pod.ts';
import { apiTime } from './api-time.ts';
import { type ContainerStatusInput, containerStatus } from './container-status.ts';
import { ipsOf, isLive } from './observation.ts';
import { podConditions } from './pod-conditions.ts';
import { type ContainerKind, podMembers } from './pod-containers.ts';
import { podResourcesStatus } from './pod-level-resources.ts';
import { podPhase } from './pod-phase.ts';
import { qosClass } from './pod-resources.ts';
import { resizeConditions } from './resize.ts';
import { isFormer, mayRestartAll } from './restart-all.ts';
import { runningContainers } from './running-container.ts';
import { deadlinePassed, type Situation } from './situation.ts';

export interface StatusFacts extends Pick<ContainerStatusInput, 'imageNames' | 'recursiveReadOnly'> {
  /** Of this machine, the main one first. */
  readonly hostIps: readonly string[];
  readonly nowMs: number;
}

export function podStatus(situation: Situation, facts: StatusFacts): PodStatus {
  const { record, observation } = situation;
  const before = record.status;
  const ended = before && isTerminal(before) ? before : undefined;
  // Where another has ended the pod in the API, its containers may have yet to end.
  if (ended && runningContainers(ended).length === 0) return ended;
  const phase = ended ? (ended.phase === 'Succeeded' ? 'Succeeded' : 'Failed') : podPhase(situation);
  const final = phase === 'Succeeded' || phase === 'Failed';
  const containers = containerLists({ ...facts, situation, final });
  const sandbox = observation.sandboxes.find(isLive);
  const generation = record.pod.metadata.generation;
  return {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    phase,
    ...(ended ? { reason: ended.reason, message: ended.message } : outcome(situation, final)),
    conditions: podConditions({
      record,
      phase,
      containers,
      sandboxReady: sandbox !== undefined,
      resizes: resizeConditions(situation.resize, situation.failures),
      restartingAll: mayRestartAll(record.pod)
        ? observation.containers.some((one) => isLive(one) && isFormer(situation, one))
        : undefined,
      nowMs: facts.nowMs,
    }),
    ...addresses(situation, facts, sandbox ? ipsOf(sandbox) : []),
    startTime: before?.startTime ?? apiTime(record.accepted.wallMs),
    ...containers,
    qosClass: record.pod.status?.qosClass ?? qosClass(record.pod),
    ...podResourcesStatus(record.pod, situation.resize.kind !== 'none', before),
  };
}

/** By name, but init containers in the order in which they run. A list that the pod does not have is not said. */
function containerLists(input: ContainerStatusInput) {
  const members = podMembers(input.situation.record.pod);
  const list = (...kinds: readonly ContainerKind[]) =>
    members.filter(({ kind }) => kinds.includes(kind)).map((member) => containerStatus(member, input));
  const byName = (statuses: ContainerStatus[]) => statuses.sort((a, b) => (a.name < b.name ? -1 : 1));
  const initContainerStatuses = list('init', 'sidecar');
  const ephemeralContainerStatuses = byName(list('ephemeral'));
  return {
    ...(initContainerStatuses.length > 0 ? { initContainerStatuses } : {}),
    containerStatuses: byName(list('regular')),
    ...(ephemeralContainerStatuses.length > 0 ? { ephemeralContainerStatuses } : {}),
  };
}

/** Why the pod as a whole ended. */
function outcome(situation: Situation, final: boolean): Pick<PodStatus, 'reason' | 'message'> {
  const { stopping, evicted } = situation.record;
  if (final && evicted) return { reason: EVICTED, message: evicted.message };
  if (!final || stopping || !deadlinePassed(situation)) return {};
  return { reason: 'DeadlineExceeded', message: DEADLINE_MESSAGE };
}

/** Of a pod that took more than it may. */
export const EVICTED = 'Evicted';

export const DEADLINE_MESSAGE = 'Pod was active on the node longer than the specified deadline';

/** Kept after the end: whoever reads a finished pod wants to know where it was. */
function addresses(
  { record }: Situation,
  { hostIps }: StatusFacts,
  sandboxIps: readonly string[],
): Pick<PodStatus, 'hostIP' | 'hostIPs' | 'podIP' | 'podIPs'> {
  const { status: before, pod } = record;
  const hostIPs = hostIps.length > 0 ? hostIps.map((ip) => ({ ip })) : (before?.hostIPs ?? []);
  const own = sandboxIps.length > 0 ? sandboxIps.map((ip) => ({ ip })) : (before?.podIPs ?? []);
  const podIPs = pod.spec.hostNetwork ? hostIPs : own;
  return {
    ...(hostIPs[0] ? { hostIP: hostIPs[0].ip, hostIPs } : {}),
    ...(podIPs[0] ? { podIP: podIPs[0].ip, podIPs } : {}),
  };
}
