// The fleet and its pods as Prometheus sees them. No pod is named: there would be no end of them.
import { gauge, type LabelValues, type MetricFamily, measured } from '../../common/metrics/family.ts';
import type { AgentFigures, Amounts, FleetFigures, PodFigures } from '../reconcile/fleet-figures.ts';

const AGENTS = gauge(
  'longshore_agents',
  'Agents by state: ready, resting (quiet hours, or its owner needs it), cordoned, leaving (being removed), notReady (its Docker is away, say), away (silent for less than 40 s), lost.',
  ['state'],
);
const PODS = gauge(
  'longshore_pods',
  'Pods bound to the node by phase, and the state of the agent that has them; none: they wait for one.',
  ['phase', 'agent_state'],
);
const WAITING = gauge(
  'longshore_pods_waiting',
  'Pods that wait for an agent, under each rule that keeps them off one; a pod may count under several.',
  ['rule'],
);
const RUNNING_PODS = gauge('kubelet_running_pods', 'Pods of which a container runs.');
const CONTAINERS = gauge('kubelet_running_containers', 'Containers by what they do.', ['container_state']);
const INFO = gauge('longshore_agent_info', 'What an agent is; always 1.', [
  'agent',
  'version',
  'os',
  'arch',
  'engine_version',
]);
const UP = gauge('longshore_agent_up', 'Whether a session with the agent is open.', ['agent']);
const AGENT_PODS = gauge('longshore_agent_pods', 'Pods that take up room on the agent.', ['agent']);
const ALLOCATABLE = gauge('longshore_agent_allocatable', 'What pods may ask for on the agent.', [
  'agent',
  'resource',
  'unit',
]);
const REQUESTED = gauge('longshore_agent_requested', 'What the pods on the agent ask for.', [
  'agent',
  'resource',
  'unit',
]);
const CPU = gauge(
  'longshore_agent_machine_cpu_cores',
  'CPU that the machine as a whole uses, whoever uses it.',
  ['agent'],
);
const MEMORY = gauge(
  'longshore_agent_machine_memory_bytes',
  'Memory that the machine as a whole uses, whoever uses it.',
  ['agent'],
);
const CLOCK = gauge(
  'longshore_agent_clock_ahead_seconds',
  'How far the clock of the machine is ahead of the controller’s.',
  ['agent'],
);

const CERTIFICATE = gauge(
  'longshore_agent_certificate_expiration_timestamp_seconds',
  'When the certificate of the agent runs out; it renews itself at two thirds of its life.',
  ['agent'],
);

const STATES = ['ready', 'resting', 'cordoned', 'leaving', 'notReady', 'away', 'lost'] as const;
const CONTAINER_STATES = ['running', 'exited', 'waiting'] as const;
/** With the words that kube-state-metrics has for their units. */
const RESOURCES = [
  ['cpu', 'core'],
  ['memory', 'byte'],
  ['pods', 'integer'],
  ['ephemeral-storage', 'byte'],
] as const;

export function fleetFamilies({ agents, pods }: FleetFigures): MetricFamily[] {
  const each = <Label extends string>(
    values: (agent: AgentFigures) => Iterable<readonly [LabelValues<Label>, number]>,
  ) => agents.flatMap((agent) => [...values(agent)]);
  const known = (value: (agent: AgentFigures) => number | undefined) =>
    each((agent) => {
      const measuredNow = value(agent);
      return measuredNow === undefined ? [] : [[{ agent: agent.name }, measuredNow] as const];
    });
  const resources = (of: (agent: AgentFigures) => Amounts) =>
    each((agent) =>
      RESOURCES.map(
        ([resource, unit]) => [{ agent: agent.name, resource, unit }, of(agent)[resource]] as const,
      ),
    );
  return [
    measured(
      AGENTS,
      STATES.map((state) => [{ state }, agents.filter((agent) => agent.state === state).length]),
    ),
    measured(PODS, countPods(pods)),
    measured(WAITING, countRules(pods)),
    measured(RUNNING_PODS, [[{}, pods.filter(({ containers }) => containers.running > 0).length]]),
    measured(
      CONTAINERS,
      CONTAINER_STATES.map((state) => [
        { container_state: state },
        sum(pods, ({ containers }) => containers[state]),
      ]),
    ),
    measured(
      INFO,
      each(({ name, version, os, arch, engineVersion }) => [
        [{ agent: name, version, os, arch, engine_version: engineVersion }, 1],
      ]),
    ),
    measured(
      UP,
      known((agent) => Number(agent.connected)),
    ),
    measured(
      AGENT_PODS,
      known((agent) => agent.pods),
    ),
    measured(
      ALLOCATABLE,
      resources(({ allocatable }) => allocatable),
    ),
    measured(
      REQUESTED,
      resources(({ requested }) => requested),
    ),
    measured(
      CPU,
      known(({ used }) => used?.cpuCores),
    ),
    measured(
      MEMORY,
      known(({ used }) => used?.memoryBytes),
    ),
    measured(
      CERTIFICATE,
      known(({ certificateExpiresSeconds }) => certificateExpiresSeconds),
    ),
    measured(
      CLOCK,
      known(({ clockAheadSeconds }) => clockAheadSeconds),
    ),
  ];
}

function countPods(pods: readonly PodFigures[]) {
  const counts = new Map<string, readonly [{ phase: string; agent_state: string }, number]>();
  for (const { phase, agentState } of pods) {
    const key = `${phase} ${agentState}`;
    counts.set(key, [{ phase, agent_state: agentState }, (counts.get(key)?.[1] ?? 0) + 1]);
  }
  return counts.values();
}

function countRules(pods: readonly PodFigures[]) {
  const counts = new Map<string, number>();
  for (const { waitsFor } of pods)
    for (const rule of new Set(waitsFor.map(ruleOf))) counts.set(rule, (counts.get(rule) ?? 0) + 1);
  return counts.entries().map(([rule, count]) => [{ rule }, count] as const);
}

const PLAIN_RESOURCE = /^OutOf(cpu|memory|pods|ephemeral-storage)$/;

/** Users may name resources of their own, without end. */
function ruleOf(rule: string): string {
  return rule.startsWith('OutOf') && !PLAIN_RESOURCE.test(rule) ? 'OutOfExtendedResource' : rule;
}

function sum<T>(all: readonly T[], value: (one: T) => number): number {
  return all.reduce((total, one) => total + value(one), 0);
}
