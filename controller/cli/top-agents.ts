// `longshore top agents`: what the machines use now, each as a whole, the busiest first.
import { type Command, Option } from 'commander';
import type { AgentInfo__Output } from '../../proto/gen/longshore/v1/AgentInfo.ts';
import { amountOf, percentOf } from './amount.ts';
import type { CliDeps } from './deps.ts';
import { addWatchFlag, type FleetFlags, fleetCommand, type View } from './fleet-command.ts';
import type { Tone } from './paint.ts';
import { maybeRepeated } from './repeat.ts';
import { type Column, renderTable } from './table.ts';
import { busiestFirst, TOP_RESOURCES, type TopResource, usedAmount } from './top-columns.ts';

interface TopFlags extends FleetFlags {
  readonly watch: boolean;
  readonly sort: TopResource;
}

export function addTopAgents(top: Command, deps: CliDeps): void {
  const command = fleetCommand(top, {
    name: 'agents',
    summary: 'Show what the machines use',
    description:
      'Show what the machines use, each as a whole and whoever uses it, in shares of what pods may request there. The figures come with the heartbeats, every ten seconds; a machine that is not connected shows none.',
    examples: ['longshore top agents', 'longshore top agents --sort memory', 'longshore top agents --watch'],
  }).addOption(
    new Option('--sort <resource>', 'what the first has most of').choices(TOP_RESOURCES).default('cpu'),
  );
  addWatchFlag(command, 'show it anew every two seconds').action(async (flags: TopFlags) => {
    await maybeRepeated(deps, flags, {
      ask: (fleet) => fleet.agents(),
      render: ({ agents }, view) => renderTop(agents, flags.sort, view),
      nothing: 'No agents to show.',
    });
  });
}

export function renderTop(agents: readonly AgentInfo__Output[], sort: TopResource, view: View): string {
  return agents.length === 0 ? '' : renderTable(busiestFirst(agents, sort), COLUMNS, view);
}

const COLUMNS: readonly Column<AgentInfo__Output>[] = [
  { header: 'NAME', cell: ({ name }) => name },
  ...TOP_RESOURCES.flatMap((resource): Column<AgentInfo__Output>[] => [
    { header: resource.toUpperCase(), align: 'right', cell: (agent) => usedAmount(agent, resource) },
    {
      header: `${resource.toUpperCase()}%`,
      align: 'right',
      cell: (agent) => percentText(share(agent, resource)),
      tone: (agent) => toneOf(share(agent, resource)),
    },
  ]),
  { header: 'PODS', align: 'right', cell: ({ pods }) => String(pods) },
];

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
