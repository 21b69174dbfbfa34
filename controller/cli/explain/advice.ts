// In one line how it stands with a pod, and what would have to change where it does not get on. Pure.
import { type ContainerStatus, containerStatuses, type PodStatus } from '../../../common/pod.ts';
import type { AgentInfo__Output } from '../../../proto/gen/longshore/v1/AgentInfo.ts';
import type { AgentVerdict__Output } from '../../../proto/gen/longshore/v1/AgentVerdict.ts';
import type { PodInfo__Output } from '../../../proto/gen/longshore/v1/PodInfo.ts';

export interface PodSituation {
  readonly pod: PodInfo__Output;
  readonly status: PodStatus;
  readonly deletedAtMs: number;
  /** Null: it waits for one, or there is no such agent any more. */
  readonly agent: AgentInfo__Output | null;
  readonly verdicts: readonly AgentVerdict__Output[];
}

export interface Advice {
  readonly inShort: string;
  readonly isFine: boolean;
  /** Each one thing to do, and what it changes. */
  readonly remedies: readonly string[];
}

export function advise(situation: PodSituation): Advice {
  const { pod, agent, status, deletedAtMs, verdicts } = situation;
  const trouble = (inShort: string, ...remedies: string[]): Advice => ({ inShort, isFine: false, remedies });
  if (pod.phase === 'Succeeded') return { inShort: 'it has ended well', isFine: true, remedies: [] };
  if (pod.phase === 'Failed') {
    const why = [status.reason, status.message].filter(Boolean).join(': ');
    const logs = containerStatuses(status).some(({ containerID }) => containerID)
      ? [`kubectl logs -n ${pod.namespace} ${pod.name} --all-containers`]
      : [];
    return trouble(`it has failed and does not start again${why ? `: ${why}` : ''}`, ...logs);
  }
  if (!pod.agent) {
    return trouble(
      `it waits for an agent: ${pod.waitingReason || 'not yet judged'}`,
      ...remediesFor(verdicts),
    );
  }
  if (!agent) {
    return trouble(
      `its agent ${pod.agent} is no more`,
      `kubectl delete pod -n ${pod.namespace} ${pod.name} lets its controller make a new one`,
    );
  }
  if (!agent.ready) {
    return trouble(
      `its agent ${agent.name} is not heard of; what runs there goes on running`,
      `longshore agents describe ${agent.name} says since when; look at the machine, its network and its agent's log`,
    );
  }
  if (deletedAtMs > 0) {
    return trouble(`it is being deleted: ${agent.name} stops its containers, then it goes`);
  }
  const stuck = containerStatuses(status).find((container) => troubleOf(container) !== undefined);
  if (stuck) return trouble(troubleOf(stuck) ?? '', ...remediesOf(stuck, pod));
  if (pod.containersReady < pod.containers) {
    const waiting = containerStatuses(status).find(({ state }) => state?.waiting);
    if (waiting) return trouble(`it is starting on ${agent.name}: ${waitingWords(waiting)}`);
    const ready = status.conditions?.find(({ type }) => type === 'Ready');
    return trouble(
      `it runs on ${agent.name}, not ready${ready?.message ? `: ${ready.message}` : ''}`,
      'what keeps a container from being ready is its readiness probe: see Unhealthy in the timeline',
    );
  }
  return { inShort: `it runs on ${agent.name}, and all is well`, isFine: true, remedies: [] };
}

/** Waiting is normal for a while; these words say that it is not. */
const STUCK = /BackOff$|^Err|Error$|^InvalidImageName$|^CreateContainer.*Error$|^FailedMount$|^Failed/;

function troubleOf(container: ContainerStatus): string | undefined {
  const { waiting, terminated } = container.state ?? {};
  if (waiting && STUCK.test(waiting.reason ?? '')) {
    const last = container.lastState?.terminated;
    const ended = last ? `; last time it ended with exit code ${last.exitCode}` : '';
    return `container ${container.name} ${waitingWords(container)}${ended}`;
  }
  if (terminated && terminated.exitCode !== 0) {
    return `container ${container.name} ended with exit code ${terminated.exitCode}`;
  }
  return undefined;
}

function waitingWords({ name, state }: ContainerStatus): string {
  const { reason = 'unknown', message } = state?.waiting ?? {};
  return `${reason === 'unknown' ? name : 'waits'}: ${reason}${message ? `: ${message}` : ''}`;
}

function remediesOf({ name, state, restartCount }: ContainerStatus, pod: PodInfo__Output): string[] {
  const reason = state?.waiting?.reason ?? '';
  const logs = `kubectl logs -n ${pod.namespace} ${pod.name} -c ${name}`;
  if (reason === 'ErrImageNeverPull') {
    return ['its imagePullPolicy is Never: bring the image to the machine, or let it be pulled'];
  }
  if (/Image/.test(reason)) {
    return [
      'check the image name and tag, and that the machine reaches the registry',
      "a private registry needs the pod's imagePullSecrets",
    ];
  }
  if (reason === 'CreateContainerConfigError') {
    return ['something the container refers to is missing or not supported: the message names it'];
  }
  return [`${logs}${restartCount > 0 ? ' -p' : ''} shows what it said last`];
}

interface Group {
  readonly rule: string;
  readonly text: string;
  readonly agents: string[];
}

/** What would have to change, agents with the same obstacle taken together, the nearest cure first. */
export function remediesFor(verdicts: readonly AgentVerdict__Output[]): string[] {
  if (verdicts.some(({ chosen }) => chosen)) return ['an agent fits now: it is placed within moments'];
  if (verdicts.length === 0) return [];
  const groups = new Map<string, Group>();
  const byName = [...verdicts].sort((a, b) => (a.agent < b.agent ? -1 : 1));
  for (const { agent, obstacles } of byName) {
    for (const { rule, text } of obstacles) {
      const group = groups.get(`${rule} ${text}`) ?? { rule, text, agents: [] };
      group.agents.push(agent);
      groups.set(`${rule} ${text}`, group);
    }
  }
  return [...groups.values()]
    .sort(
      (a, b) =>
        rank(a.rule) - rank(b.rule) || b.agents.length - a.agents.length || (a.text < b.text ? -1 : 1),
    )
    .map((group) => `${some(group.agents)}: ${group.text}: ${cure(group)}`);
}

/** What can be cured by a command, by time, by other pods, by the pod itself. */
const CURES: readonly (readonly [rule: RegExp, cure: (group: Group) => string])[] = [
  [
    /^NodeUnschedulable$/,
    ({ agents }) => `longshore agents uncordon ${agents.length === 1 ? agents[0] : 'AGENT'}`,
  ],
  [
    /^NodeReady$/,
    ({ text }) =>
      text === 'being removed' ? 'it takes no pods any more' : 'it counts again once it is back',
  ],
  [
    /^TaintToleration$/,
    () => 'give the pod a toleration, or take the taint away with `longshore agents taint AGENT KEY-`',
  ],
  [/^OutOf/, () => 'pods there have to end, or the pod must request less'],
  [/^NodePorts$/, () => 'the pod that has the port must end, or this one take another'],
  [/^NodeResourcesFit$/, () => 'that pod comes first'],
  [/^InterPodAffinity$/, () => 'pods it wants to be with have to run there, or those it avoids to end'],
  [/^PodTopologySpread$/, () => 'its like have to be spread otherwise, or its maxSkew be larger'],
  [
    /^NodeAffinity$/,
    () =>
      'change its nodeSelector, affinity or agent selector, or label the machine with `longshore agents label`',
  ],
];

function cure(group: Group): string {
  return CURES.find(([rule]) => rule.test(group.rule))?.[1](group) ?? 'see docs/placement.md';
}

function rank(rule: string): number {
  const index = CURES.findIndex(([pattern]) => pattern.test(rule));
  return index < 0 ? CURES.length : index;
}

const NAMED = 3;

function some(agents: readonly string[]): string {
  const more = agents.length - NAMED;
  return `${agents.slice(0, NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
