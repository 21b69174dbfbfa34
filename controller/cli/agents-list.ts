// `longshore agents list`: the machines of the fleet.
import type { Command } from 'commander';
import type { AgentInfo__Output } from '../../proto/gen/longshore/v1/AgentInfo.ts';
import { formatAge } from './age.ts';
import { amountOf, formatShare } from './amount.ts';
import type { CliDeps } from './deps.ts';
import type { Fleet } from './fleet-client.ts';
import {
  addWatchFlag,
  type FleetFlags,
  fleetCommand,
  isForPeople,
  print,
  type View,
  withFleet,
} from './fleet-command.ts';
import type { Tone } from './paint.ts';
import { type Column, renderTable } from './table.ts';
import { type WatchedRows, watchRows } from './watch.ts';

export function addAgentsList(agents: Command, deps: CliDeps): void {
  const command = fleetCommand(agents, {
    name: 'list',
    summary: 'List the agents of the fleet',
    description: 'List the agents of the fleet: what state they are in and how much of them is requested.',
    examples: [
      'longshore agents list',
      'longshore agents list -l zone=garage',
      'longshore agents list --watch',
      'longshore agents list -o wide',
      'longshore agents list -o json',
    ],
  });
  command
    .optionsGroup('Which agents:')
    .option('-l, --selector <selector>', 'by their labels, such as zone=garage,arch in (arm64),!old');
  addWatchFlag(command, 'then show each change as it comes').action(async (flags: AgentsFlags) => {
    const { selector = '' } = flags;
    if (flags.watch) {
      const subscribe = (fleet: Fleet) => fleet.watchAgents({ selector });
      return await watchRows(deps, flags, { ...WATCHED, subscribe });
    }
    const answer = await withFleet(deps, flags, (fleet) => fleet.agents({ selector }));
    await print(deps, flags, { data: answer, render: (view) => renderAgents(answer.agents, view) });
    if (answer.agents.length === 0 && isForPeople(flags)) {
      deps.stderr.write(selector === '' ? NO_AGENTS : 'No agents match.\n');
    }
  });
}

const NO_AGENTS = 'No agents yet: `longshore tokens create` makes the token a machine joins with.\n';

const WATCHED: Omit<WatchedRows<AgentInfo__Output>, 'subscribe'> = {
  kind: 'agent',
  keyOf: ({ uid }) => uid,
  columns,
  says: (agent) => JSON.stringify({ ...agent, lastSeenMs: 0, used: {} }),
};

interface AgentsFlags extends FleetFlags {
  readonly selector?: string;
  readonly watch: boolean;
}

export function renderAgents(agents: readonly AgentInfo__Output[], view: View): string {
  if (agents.length === 0) return '';
  const sorted = agents.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return renderTable(sorted, columns(view), view);
}

function columns({ nowMs }: View): Column<AgentInfo__Output>[] {
  const share = (resource: string) => (agent: AgentInfo__Output) =>
    formatShare(resource, { part: agent.requested, whole: agent.allocatable });
  return [
    { header: 'NAME', cell: ({ name }) => name },
    {
      header: 'STATUS',
      cell: agentState,
      tone: agentTone,
    },
    { header: 'PODS', cell: ({ pods, allocatable }) => podCount(pods, allocatable) },
    { header: 'CPU', cell: share('cpu') },
    { header: 'MEMORY', cell: share('memory') },
    { header: 'LAST SEEN', cell: ({ lastSeenMs }) => ago(lastSeenMs, nowMs) },
    { header: 'AGE', cell: ({ joinedAtMs }) => formatAge(joinedAtMs, nowMs) },
    { header: 'OS/ARCH', wide: true, cell: ({ os, arch }) => (os || arch ? `${os}/${arch}` : '<unknown>') },
    { header: 'VERSION', wide: true, cell: ({ agentVersion }) => agentVersion || '<unknown>' },
    { header: 'ENGINE', wide: true, cell: ({ engineVersion }) => engineVersion || '<unknown>' },
    { header: 'ADDRESSES', wide: true, cell: ({ addresses }) => addresses.join(',') || '<none>' },
    { header: 'LABELS', wide: true, cell: ({ labels }) => labelList(labels) },
    { header: 'REASON', wide: true, cell: ({ reason }) => reason || '<none>' },
  ];
}

type AgentState = Pick<AgentInfo__Output, 'ready' | 'removing' | 'unschedulable' | 'resting'>;

export function agentState({ ready, removing, unschedulable, resting }: AgentState): string {
  const parts = [ready ? 'Ready' : 'NotReady'];
  if (removing) parts.push('Removing');
  if (unschedulable) parts.push('SchedulingDisabled');
  if (resting) parts.push(resting === 'in quiet hours' ? 'QuietHours' : 'Yielding');
  return parts.join(',');
}

export function agentTone({ ready, removing, unschedulable, resting }: AgentState): Tone {
  if (!ready) return 'bad';
  return removing || unschedulable || resting ? 'warn' : 'good';
}

function podCount(pods: number, allocatable: AgentInfo__Output['allocatable']): string {
  const most = amountOf(allocatable, 'pods');
  return most === undefined ? String(pods) : `${pods}/${most / 1000n}`;
}

function ago(sinceMs: number, nowMs: number): string {
  return sinceMs === 0 ? '<never>' : `${formatAge(sinceMs, nowMs)} ago`;
}

function labelList(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return pairs.sort().join(',') || '<none>';
}
