// What the API shall say of a pod: the agent's report merged into the status that is there. Conditions of others and
// the placement stay, a terminal phase is final, counters never run backwards, and equal content is no patch.
// Reports come from a machine that may be broken or hostile: only known fields are taken, bounded and by known names.
import type { Pod, PodCondition, PodStatus } from '../../common/pod.ts';
import { isTerminal } from '../../common/pod.ts';
import { mergeConditions, unreachableConditions, withReadinessGates } from './pod-conditions.ts';
import { mergeContainers, unknownExits } from './pod-containers.ts';
import { isSameJson } from './same-json.ts';
import { cutToSeconds } from './timestamp.ts';

/** The `status` of a strategic-merge patch on `pods/status`; null removes, lists may hold `$patch` directives. */
export type StatusPatch = Readonly<Record<string, unknown>>;

export interface StatusInput {
  /** The newest API copy. */
  readonly pod: Pod;
  readonly report: PodStatus | undefined;
  readonly nowMs: number;
  /** Set while the pod's agent is lost: shown on Ready and ContainersReady, and nothing else is touched. */
  readonly unreachable?: string | undefined;
  /**
   * Whether the pod's IP goes into its status. EndpointSlices send traffic to every published IP, so it takes an agent
   * whose pods the cluster can reach.
   */
  readonly publishPodIP: boolean;
}

const PHASES = new Set(['Pending', 'Running', 'Succeeded', 'Failed']);
const MAX_MESSAGE = 4096;
const MAX_REASON = 128;

/** The whole status as it shall be. */
export function desiredStatus(input: StatusInput): PodStatus {
  const merged = input.report ? mergeReport({ ...input, report: input.report }) : apiStatus(input.pod);
  if (input.unreachable === undefined || isTerminal(merged)) return merged;
  return {
    ...merged,
    conditions: unreachableConditions(merged.conditions ?? [], input.unreachable, input.nowMs),
  };
}

/**
 * The end of a pod whose containers are confirmed gone: terminal whatever was reported, every exit accounted for.
 * `lostWith`: nobody confirmed it, the agent of this name is no more.
 */
export function finalStatus(input: StatusInput & { readonly lostWith?: string }): PodStatus {
  const { lostWith } = input;
  const merged = desiredStatus({ ...input, unreachable: undefined });
  const phase = isTerminal(merged) ? merged.phase : 'Failed';
  const lost = lostWith === undefined || isTerminal(merged) ? undefined : goneWith(lostWith);
  const reason = phase === 'Failed' ? 'PodFailed' : 'PodCompleted';
  const { generation: observedGeneration } = input.pod.metadata;
  const ended = ['Ready', 'ContainersReady'].map(
    (type): PodCondition => ({ type, status: 'False', reason, observedGeneration }),
  );
  const known = merged.conditions ?? [];
  const missing = ended.filter(({ type }) => !known.some((c) => c.type === type && c.status === 'False'));
  return {
    ...merged,
    phase,
    ...lost?.outcome,
    observedGeneration: merged.observedGeneration ?? observedGeneration,
    containerStatuses: wasInitialized(input.pod, known)
      ? unknownExits(input.pod.spec.containers, merged.containerStatuses ?? [])
      : merged.containerStatuses,
    conditions: mergeConditions(known, [...missing, ...(lost ? [lost.condition] : [])], input.nowMs),
  };
}

/** As Kubernetes words it when a node is no more; Jobs do not count it against their limit if they are told so. */
function goneWith(agent: string) {
  const message = `agent ${agent}, which was running the pod, is no more`;
  const condition: PodCondition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'DeletionByPodGC',
    message,
  };
  return { outcome: { reason: 'NodeLost', message }, condition };
}

/** Otherwise its regular containers never had a turn, and no end. */
function wasInitialized({ spec }: Pod, conditions: readonly PodCondition[]): boolean {
  if (!spec.initContainers?.length) return true;
  return conditions.some(({ type, status }) => type === 'Initialized' && status === 'True');
}

/** Undefined when the API says all of it already. */
export function statusPatch(observed: PodStatus | undefined, desired: PodStatus): StatusPatch | undefined {
  const patch: Record<string, unknown> = {};
  const conditions = (desired.conditions ?? []).flatMap((wanted) => {
    const seen = observed?.conditions?.find(({ type }) => type === wanted.type);
    return isSameJson(seen, wanted) ? [] : [withRemovals(seen, wanted)];
  });
  const over = (observed?.conditions ?? []).filter(
    ({ type }) => RESIZES.includes(type) && !desired.conditions?.some((wanted) => wanted.type === type),
  );
  const all = [...conditions, ...over.map(({ type }) => ({ $patch: 'delete', type }))];
  if (all.length > 0) patch['conditions'] = all;
  for (const field of SCALARS) {
    if (!isSameJson(observed?.[field], desired[field])) patch[field] = desired[field] ?? null;
  }
  for (const field of ATOMIC_LISTS) {
    if (!isSameJson(observed?.[field], desired[field])) patch[field] = desired[field] ?? null;
  }
  // Merged by `ip`: without the directive the old address would stay beside the new one.
  for (const field of ['podIPs', 'hostIPs'] as const) {
    if (isSameJson(observed?.[field], desired[field])) continue;
    patch[field] = [...(desired[field] ?? []), { $patch: 'replace' }];
  }
  return Object.keys(patch).length > 0 ? patch : undefined;
}

/** Conditions are merged field by field: a reason that no longer holds stays unless it is taken away. */
function withRemovals(seen: PodCondition | undefined, wanted: PodCondition): Record<string, unknown> {
  const removed = Object.keys(seen ?? {}).map((field): [string, unknown] => [field, null]);
  const said = Object.entries(wanted).filter(([, value]) => value !== undefined);
  return Object.fromEntries([...removed, ...said]);
}

const SCALARS = [
  ...(['phase', 'reason', 'message', 'startTime', 'podIP', 'hostIP'] as const),
  ...(['observedGeneration', 'resources', 'allocatedResources'] as const),
];
const ATOMIC_LISTS = ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'] as const;

function apiStatus(pod: Pod): PodStatus {
  return pod.status ?? {};
}

function mergeReport(input: StatusInput & { readonly report: PodStatus }): PodStatus {
  const { pod, report, nowMs } = input;
  const api = apiStatus(pod);
  const ended = isTerminal(api);
  const policy = pod.spec.restartPolicy ?? 'Always';
  const { initContainers = [], containers, ephemeralContainers = [] } = pod.spec;
  const restartsAll = [...initContainers, ...containers].some(({ restartPolicyRules }) =>
    restartPolicyRules?.some(({ action }) => action === 'RestartAllContainers'),
  );
  const lists = { ended, policy, restartsAll };
  const conditions = mergeConditions(stillTrue(api.conditions ?? [], report), ownConditions(report), nowMs);
  return {
    ...api,
    ...outcome(api, report),
    startTime: api.startTime ?? cutToSeconds(report.startTime),
    observedGeneration: report.observedGeneration ?? api.observedGeneration,
    ...podResources(api, report),
    ...addresses(input),
    containerStatuses: mergeContainers(
      { ...lists, specs: containers },
      api.containerStatuses,
      report.containerStatuses,
    ),
    initContainerStatuses: mergeContainers(
      { ...lists, specs: initContainers },
      api.initContainerStatuses,
      report.initContainerStatuses,
    ),
    ephemeralContainerStatuses: mergeContainers(
      { ...lists, restartsAll: false, specs: ephemeralContainers },
      api.ephemeralContainerStatuses,
      report.ephemeralContainerStatuses,
    ),
    conditions: withReadinessGates(pod, conditions, nowMs),
  };
}

/** Phase, reason and message move together; once terminal they stay. */
function outcome(api: PodStatus, report: PodStatus): Pick<PodStatus, 'phase' | 'reason' | 'message'> {
  const { phase } = report;
  if (isTerminal(api) || phase === undefined || !PHASES.has(phase)) {
    return { phase: api.phase, reason: api.reason, message: api.message };
  }
  const unchanged = phase === api.phase && !report.reason && !report.message;
  const said = unchanged ? api : report;
  return { phase, reason: said.reason?.slice(0, MAX_REASON), message: said.message?.slice(0, MAX_MESSAGE) };
}

/** Only pods that ask for some as a whole have them. */
function podResources(
  api: PodStatus,
  { resources = api.resources, allocatedResources = api.allocatedResources }: PodStatus,
): Pick<PodStatus, 'resources' | 'allocatedResources'> {
  return {
    ...(resources ? { resources } : {}),
    ...(allocatedResources ? { allocatedResources } : {}),
  };
}

/** Addresses outlive the containers: what a report no longer names is kept. */
function addresses(
  input: StatusInput & { readonly report: PodStatus },
): Pick<PodStatus, 'podIP' | 'podIPs' | 'hostIP' | 'hostIPs'> {
  const { report } = input;
  const api = apiStatus(input.pod);
  const published = input.publishPodIP && report.podIP;
  const onHost = report.hostIP !== undefined && report.hostIP !== '';
  return {
    podIP: published ? report.podIP : api.podIP,
    podIPs: published ? (report.podIPs ?? [{ ip: report.podIP ?? '' }]) : api.podIPs,
    hostIP: onHost ? report.hostIP : api.hostIP,
    hostIPs: onHost ? (report.hostIPs ?? [{ ip: report.hostIP ?? '' }]) : api.hostIPs,
  };
}

const RESIZES = ['PodResizePending', 'PodResizeInProgress'];
const OWN_CONDITIONS = new Set([
  ...['PodReadyToStartContainers', 'Initialized', 'ContainersReady', 'Ready', 'AllContainersRestarting'],
  ...RESIZES,
]);

/** Those of the API copy that still hold: a resize that is over is no longer told of. */
function stillTrue(known: readonly PodCondition[], report: PodStatus): PodCondition[] {
  return known.filter(
    ({ type }) => !RESIZES.includes(type) || report.conditions?.some((condition) => condition.type === type),
  );
}

/**
 * Whoever runs the pods may say DisruptionTarget of one that it has ended for want of room, together with its end. Our agent
 * says it of none: like a kubelet, not of a pod that outgrew its own limits.
 */
function ownConditions(report: PodStatus): PodCondition[] {
  return (report.conditions ?? []).filter(
    ({ type }) => OWN_CONDITIONS.has(type) || (type === 'DisruptionTarget' && isTerminal(report)),
  );
}
