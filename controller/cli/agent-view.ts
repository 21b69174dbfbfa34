// One agent in full, for people. Pure: what the controller and the API server said in, text out.
import type { AgentInfo__Output } from '../../proto/gen/longshore/v1/AgentInfo.ts';
import type { AgentPod__Output } from '../../proto/gen/longshore/v1/AgentPod.ts';
import { type Agent, type AgentCondition, type AgentStatus, isCordoned } from '../model/agent.ts';
import { formatAge, formatDuration } from './age.ts';
import { guestRows } from './agent-guest-view.ts';
import { agentState, agentTone } from './agents-list.ts';
import { amountOf, formatAmount, percentOf } from './amount.ts';
import type { ClusterEvent } from './cluster.ts';
import { lastSeen, typeTone } from './events-view.ts';
import type { View } from './fleet-command.ts';
import { printable, type Tone } from './paint.ts';
import { inOrder, RESOURCE_ORDER } from './resource-order.ts';
import { renderSections, type Section } from './sections.ts';
import { renderTable } from './table.ts';

export interface DescribedAgent {
  readonly agent: AgentInfo__Output | null;
  readonly object: Agent;
  readonly pods: readonly AgentPod__Output[];
  readonly events: readonly ClusterEvent[];
  readonly eventsProblem: string | undefined;
}

const EVENTS_SHOWN = 20;

export function renderAgent(described: DescribedAgent, view: View): string {
  return renderSections(
    [
      { rows: identity(described, view) },
      { title: 'Machine', rows: machine(described.object.status ?? {}) },
      { title: 'Conditions', text: conditions(described.object.status?.conditions ?? [], view) },
      { title: 'Resources', text: resources(described, view) },
      { title: `Pods (${described.pods.length})`, text: pods(described.pods, view) },
      { title: 'Also in its object', rows: others(described.object) },
      { title: 'Events', text: events(described, view) },
    ],
    view,
  );
}

type Rows = NonNullable<Section['rows']>;

function identity({ agent, object }: DescribedAgent, { nowMs, paint }: View): Rows {
  const { metadata, spec, status = {} } = object;
  const { ready = false, reason = '', lastSeenMs = 0 } = agent ?? {};
  const shown = {
    ...{ ready, unschedulable: isCordoned(spec), resting: agent?.resting ?? '' },
    removing: metadata.deletionTimestamp !== undefined,
  };
  const taints = (spec.taints ?? []).map(
    ({ key, value, effect }) => `${key}${value ? `=${value}` : ''}:${effect}`,
  );
  return [
    ['Name', metadata.name],
    ['UID', metadata.uid],
    [
      'Status',
      `${paint(agentTone(shown), agentState(shown))}${reason ? `  ${printable(reason)}` : ''}`,
      'painted',
    ],
    ...(metadata.deletionTimestamp
      ? [['Being removed', `since ${metadata.deletionTimestamp}`] as const]
      : []),
    ['Labels', pairs(spec.labels ?? {})],
    ['Taints', taints.length === 0 ? '<none>' : taints],
    ...guestRows(spec),
    ['Certificate', certificate(status, nowMs)],
    ['Last seen', lastSeenMs === 0 ? '<never>' : `${formatAge(lastSeenMs, nowMs)} ago`],
    ['Created', timeAndAge(metadata.creationTimestamp, nowMs)],
  ];
}

function certificate({ certificateExpires = '' }: AgentStatus, nowMs: number): string {
  const expiresMs = Date.parse(certificateExpires);
  if (Number.isNaN(expiresMs)) return '<unknown>';
  return expiresMs < nowMs
    ? `ran out ${formatDuration(nowMs - expiresMs)} ago; renewed when the machine is back`
    : `until ${certificateExpires} (${formatDuration(expiresMs - nowMs)})`;
}

function machine(status: AgentStatus): Rows {
  const { hostname, os, arch, osImage, kernelVersion, agentVersion, engineVersion } = status;
  return [
    ['Hostname', hostname],
    ['System', [os && arch ? `${os}/${arch}` : '', osImage ?? ''].filter(Boolean).join(', ')],
    ['Kernel', kernelVersion],
    ['Agent', agentVersion],
    ['Docker Engine', engineVersion],
    ['Addresses', [...(status.addresses ?? [])]],
    ['Machine ID', status.machineID],
    ['System UUID', status.systemUUID],
    ['Boot ID', status.bootID],
  ].map(([name, value]) => [String(name), value === undefined || value.length === 0 ? '<unknown>' : value]);
}

/** Conditions that are good when they are not there, as the names tell. */
const GOOD_WHEN_FALSE = /Pressure$|Unavailable$/;
/** Neither good nor bad: as its owner wants it. */
const OF_THE_OWNER = /^(QuietHours|Yielding)$/;

function conditions(all: readonly AgentCondition[], view: View): string {
  if (all.length === 0) return '<none>\n';
  const { nowMs } = view;
  return renderTable(
    all,
    [
      { header: 'TYPE', cell: ({ type }) => type },
      { header: 'STATUS', cell: ({ status }) => status, tone: conditionTone },
      {
        header: 'SINCE',
        cell: ({ lastTransitionTime }) => formatAge(Date.parse(lastTransitionTime) || 0, nowMs),
      },
      { header: 'REASON', cell: ({ reason }) => reason || '<none>' },
      { header: 'MESSAGE', cell: ({ message }) => message || '<none>' },
    ],
    view,
  );
}

function conditionTone({ type, status }: AgentCondition): Tone {
  if (status === 'Unknown') return 'warn';
  if (OF_THE_OWNER.test(type)) return status === 'True' ? 'warn' : 'good';
  return (status === 'True') === GOOD_WHEN_FALSE.test(type) ? 'bad' : 'good';
}

function resources({ agent, object: { status = {} } }: DescribedAgent, view: View): string {
  const { capacity = {}, allocatable = {} } = status;
  const requested = agent?.requested ?? {};
  const names = new Set([...Object.keys(capacity), ...Object.keys(allocatable), ...Object.keys(requested)]);
  if (names.size === 0) return '<unknown>\n';
  const amount = (amounts: Readonly<Record<string, string>>) => (resource: string) => {
    const value = amountOf(amounts, resource);
    return value === undefined ? '-' : formatAmount(resource, value);
  };
  const share = (resource: string) => {
    // Pods are counted, not requested.
    const used =
      resource === 'pods' ? BigInt(agent?.pods ?? 0) * 1000n : (amountOf(requested, resource) ?? 0n);
    const percent = percentOf(used, amountOf(allocatable, resource));
    return `${formatAmount(resource, used)}${percent === undefined ? '' : ` (${percent}%)`}`;
  };
  return renderTable(
    inOrder([...names], RESOURCE_ORDER),
    [
      { header: 'RESOURCE', cell: (resource) => resource },
      { header: 'CAPACITY', align: 'right', cell: amount(capacity) },
      { header: 'ALLOCATABLE', align: 'right', cell: amount(allocatable) },
      { header: 'REQUESTED', align: 'right', cell: share },
      { header: 'USED', align: 'right', cell: amount(agent?.used ?? {}) },
    ],
    view,
  );
}

function pods(all: readonly AgentPod__Output[], view: View): string {
  if (all.length === 0) return '<none>\n';
  const requested = (resource: string) => (pod: AgentPod__Output) =>
    formatAmount(resource, amountOf(pod.requests, resource) ?? 0n);
  return renderTable(
    all,
    [
      { header: 'NAMESPACE', cell: ({ pod }) => pod?.namespace ?? '' },
      { header: 'NAME', cell: ({ pod }) => pod?.name ?? '' },
      { header: 'READY', cell: ({ pod }) => `${pod?.containersReady ?? 0}/${pod?.containers ?? 0}` },
      { header: 'STATUS', cell: ({ pod }) => pod?.status || '<unknown>' },
      { header: 'CPU', align: 'right', cell: requested('cpu') },
      { header: 'MEMORY', align: 'right', cell: requested('memory') },
      { header: 'AGE', cell: ({ pod }) => formatAge(pod?.createdAtMs ?? 0, view.nowMs) },
    ],
    view,
  );
}

const SHOWN_SPEC = [
  'labels',
  'taints',
  'unschedulable',
  'publicKeyHash',
  'ownerShare',
  'quietHours',
  'yieldWhen',
  'pinnedImages',
];
const SHOWN_STATUS = [
  ...['conditions', 'hostname', 'os', 'arch', 'osImage', 'kernelVersion', 'agentVersion', 'engineVersion'],
  ...['addresses', 'machineID', 'systemUUID', 'bootID', 'capacity', 'allocatable', 'lastSeen'],
  ...['pods', 'used', 'certificateExpires'],
];

/** What the object holds beyond that, by its own names: nothing of it is hidden because this CLI is older. */
function others({ spec, status = {} }: Agent): Rows {
  const rows = (part: string, fields: object, shown: readonly string[]): Rows =>
    Object.entries(fields)
      .filter(([name]) => !shown.includes(name))
      .map(([name, value]) => [`${part}.${name}`, typeof value === 'string' ? value : JSON.stringify(value)]);
  return [...rows('spec', spec, SHOWN_SPEC), ...rows('status', status, SHOWN_STATUS)];
}

function events({ events: all, eventsProblem }: DescribedAgent, view: View): string {
  if (eventsProblem !== undefined) return `not readable: ${printable(eventsProblem)}\n`;
  if (all.length === 0) return '<none>\n';
  return renderTable(
    all.slice(-EVENTS_SHOWN),
    [
      { header: 'LAST SEEN', cell: (event) => lastSeen(event, view.nowMs) },
      { header: 'TYPE', cell: ({ type }) => type, tone: typeTone },
      { header: 'REASON', cell: ({ reason }) => reason },
      { header: 'MESSAGE', cell: ({ message }) => message },
    ],
    view,
  );
}

function pairs(labels: Readonly<Record<string, string>>): string | readonly string[] {
  const all = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return all.length === 0 ? '<none>' : all.sort();
}

function timeAndAge(text: string, nowMs: number): string {
  return `${text} (${formatAge(Date.parse(text) || 0, nowMs)} ago)`;
}
