// The pod conditions the node owns. A condition's time changes only with its status.
import {
  type ContainerStatus,
  containerStatuses,
  type PodCondition,
  type PodStatus,
} from '../../common/pod.ts';
import { apiTime } from './api-time.ts';
import { type Member, podMembers } from './pod-containers.ts';
import type { Phase } from './pod-phase.ts';
import type { PodRecord } from './pod-record.ts';

export interface ConditionsInput {
  readonly record: PodRecord;
  readonly phase: Phase;
  /** What is said of the containers beside it. */
  readonly containers: Pick<PodStatus, 'containerStatuses' | 'initContainerStatuses'>;
  /** The sandbox runs and has its network. */
  readonly sandboxReady: boolean;
  /** What is to be said of resources that change. */
  readonly resizes: readonly (Verdict & Pick<PodCondition, 'type'>)[];
  /** All containers are being ended to start anew; undefined: that cannot be. */
  readonly restartingAll: boolean | undefined;
  readonly nowMs: number;
}

type Verdict = Pick<PodCondition, 'status' | 'reason' | 'message'>;

const TRUE: Verdict = { status: 'True' };

export function podConditions(input: ConditionsInput): PodCondition[] {
  const { record, phase, sandboxReady } = input;
  const terminal = phase === 'Succeeded' || phase === 'Failed';
  const containersReady = containersVerdict(input);
  return [
    condition(input, 'PodReadyToStartContainers', sandboxReady && !terminal ? TRUE : { status: 'False' }),
    condition(input, 'Initialized', initializedVerdict(input)),
    condition(input, 'Ready', gatesVerdict(record, containersReady)),
    condition(input, 'ContainersReady', containersReady),
    condition(input, 'PodScheduled', TRUE),
    ...restartingVerdict(input).map((verdict) => condition(input, 'AllContainersRestarting', verdict)),
    ...(terminal ? [] : input.resizes.map(({ type, ...verdict }) => condition(input, type, verdict))),
  ];
}

function restartingVerdict({ restartingAll, phase }: ConditionsInput): Verdict[] {
  if (restartingAll === undefined) return [];
  if (phase === 'Succeeded') return [{ status: 'False', reason: 'PodCompleted' }];
  if (phase === 'Failed') return [{ status: 'False', reason: 'PodFailed' }];
  return [{ status: restartingAll ? 'True' : 'False' }];
}

function condition(input: ConditionsInput, type: string, verdict: Verdict): PodCondition {
  const { record, nowMs } = input;
  const kept = [...(record.status?.conditions ?? []), ...(record.pod.status?.conditions ?? [])].find(
    (known) => known.type === type && known.status === verdict.status && known.lastTransitionTime,
  );
  const generation = record.pod.metadata.generation;
  return {
    type,
    status: verdict.status,
    ...(verdict.reason ? { reason: verdict.reason } : {}),
    ...(verdict.message ? { message: verdict.message } : {}),
    lastTransitionTime: kept?.lastTransitionTime ?? apiTime(nowMs),
    ...(generation === undefined ? {} : { observedGeneration: generation }),
  };
}

/** Once a regular container has started, that stays true, whatever becomes of the init containers. */
function initializedVerdict({ phase, containers, record }: ConditionsInput): Verdict {
  if (phase === 'Succeeded') return { ...TRUE, reason: 'PodCompleted' };
  if (containers.containerStatuses?.some(hasStarted)) return TRUE;
  const incomplete = podMembers(record.pod)
    .filter((member) => isIncomplete(member, containers.initContainerStatuses ?? []))
    .map(({ spec }) => spec.name);
  if (incomplete.length === 0) return TRUE;
  const message = `containers with incomplete status: [${incomplete.join(' ')}]`;
  return { status: 'False', reason: 'ContainersNotInitialized', message };
}

function isIncomplete({ kind, spec }: Member, statuses: readonly ContainerStatus[]): boolean {
  const status = statuses.find(({ name }) => name === spec.name);
  if (kind === 'sidecar') return !status?.started;
  return kind === 'init' && !status?.ready;
}

function hasStarted({ state, lastState }: ContainerStatus): boolean {
  return Boolean(state?.running ?? state?.terminated ?? lastState?.terminated);
}

function containersVerdict({ phase, containers, record }: ConditionsInput): Verdict {
  if (phase === 'Succeeded') return { status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { status: 'False', reason: 'PodFailed' };
  const statuses = containerStatuses(containers);
  const unready = podMembers(record.pod)
    .filter(({ kind }) => kind === 'sidecar' || kind === 'regular')
    .map(({ spec }) => spec.name)
    .filter((name) => !statuses.some((status) => status.name === name && status.ready));
  if (unready.length === 0) return TRUE;
  const message = `containers with unready status: [${unready.join(' ')}]`;
  return { status: 'False', reason: 'ContainersNotReady', message };
}

/** Readiness gates are conditions that others write; the API's copy of the pod has them. */
function gatesVerdict(record: PodRecord, containersReady: Verdict): Verdict {
  if (containersReady.status !== 'True') return containersReady;
  const conditions = record.pod.status?.conditions ?? [];
  const messages = (record.pod.spec.readinessGates ?? []).flatMap(({ conditionType }) => {
    const gate = conditions.find(({ type }) => type === conditionType);
    if (!gate) return [`corresponding condition of pod readiness gate "${conditionType}" does not exist.`];
    return gate.status === 'True'
      ? []
      : [`the status of pod readiness gate "${conditionType}" is not "True", but ${gate.status}`];
  });
  if (messages.length === 0) return TRUE;
  return { status: 'False', reason: 'ReadinessGatesNotReady', message: messages.join(', ') };
}
