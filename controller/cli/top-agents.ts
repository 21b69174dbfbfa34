// `longshore top agents`: what the machines use now, each as a whole, the busiest first.
import { type Command, Option } from 'commander';
import type { AgentInfo__Output } from '../../proto/gen/longshore/v1/AgentInfo.ts';
import { amountOf, formatAmount, percentOf } from './amount.ts';
import type { CliDeps } from './deps.ts';
import { addWatchFlag, type FleetFlags, fleetCommand, type View } from './fleet-command.ts';
import type { Tone } from './paint.ts';
import { maybeRepeated } from './repeat.ts';
import { type Column, renderTable } from './table.ts';

interface TopFlags extends FleetFlags {
  readonly watch: boolean;
  readonly sort: 'cpu' | 'memory';
}

export function addTopAgents(top: Command, deps: CliDeps): void {
  const command = fleetCommand(top, {
    name: 'agents',
    summary: 'Show what the machines use',
    description:
      'Show what the machines use, each as a whole and whoever uses it, in shares of what pods may request there. The figures come with the heartbeats, every ten seconds; a machine that is not connected shows none.',
    examples: ['longshore top agents', 'longshore top agents --sort memory', 'longshore top agents --watch'],
  }).addOption(
    new Option('--sort <resource>', 'what the first has most of').choices(['cpu', 'memory']).default('cpu'),
  );
  addWatchFlag(command, 'show it anew every two seconds').action(async (flags: TopFlags) => {
    await maybeRepeated(deps, flags, {
      ask: (fleet) => fleet.agents(),
      render: ({ agents }, view) => renderTop(agents, flags.sort, view),
    });
  });
}

export function renderTop(agents: readonly AgentInfo__Output[], sort: string, view: View): string {
  const used = (agent: AgentInfo__Output) => amountOf(agent.used, sort) ?? -1n;
  const sorted = agents.toSorted((a, b) => compare(used(b), used(a)) || (a.name < b.name ? -1 : 1));
  return sorted.length === 0 ? '' : renderTable(sorted, COLUMNS, view);
}

const COLUMNS: readonly Column<AgentInfo__Output>[] = [
  { header: 'NAME', cell: ({ name }) => name },
  ...['cpu', 'memory'].flatMap((resource): Column<AgentInfo__Output>[] => [
    { header: resource.toUpperCase(), align: 'right', cell: (agent) => amount(agent, resource) },
    {
      header: `${resource.toUpperCase()}%`,
      align: 'right',
      cell: (agent) => percentText(share(agent, resource)),
      tone: (agent) => toneOf(share(agent, resource)),
    },
  ]),
  { header: 'PODS', align: 'right', cell: ({ pods }) => String(pods) },
];

function amount({ used }: AgentInfo__Output, resource: string): string {
  const value = amountOf(used, resource);
  return value === undefined ? '<unknown>' : formatAmount(resource, value);
}

function share({ used, allocatable }: AgentInfo__Output, resource: string): number | undefined {
  const value = amountOf(used, resource);
  return value === undefined ? undefined : percentOf(value, amountOf(allocatable, resource));
}

function percentText(percent: number | undefined): string {
  return percent === undefined ? '-' : `${percent}%`;
}

function toneOf(percent: number | undefined): Tone | undefined {
  if (percent === undefined) return 'faint';
  if (percent >= 95) return 'bad';
  return percent >= 80 ? 'warn' : 'good';
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
