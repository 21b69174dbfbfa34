// `longshore top pods`: what the pods use now, the busiest first.
import { type Command, Option } from 'commander';
import type { PodInfo__Output } from '../../proto/gen/longshore/v1/PodInfo.ts';
import type { CliDeps } from './deps.ts';
import { addWatchFlag, type FleetFlags, fleetCommand, type View } from './fleet-command.ts';
import { addPodFilterFlags, type PodFilterFlags, podFilter } from './pod-filter-flags.ts';
import { maybeRepeated } from './repeat.ts';
import { type Column, renderTable } from './table.ts';
import { busiestFirst, fineAmount, TOP_RESOURCES, type TopResource, usedAmount } from './top-columns.ts';

interface TopFlags extends FleetFlags, PodFilterFlags {
  readonly watch: boolean;
  readonly sort: TopResource;
}

export function addTopPods(top: Command, deps: CliDeps): void {
  const command = fleetCommand(top, {
    name: 'pods',
    summary: 'Show what the pods use',
    description:
      'Show what the pods use, with the agents that run them. The agents measure every ten seconds while somebody looks; whoever looks first waits two seconds for them. A pod that does not run, or whose agent is not connected, shows nothing.',
    examples: [
      'longshore top pods',
      'longshore top pods --agent garage-pi',
      'longshore top pods --sort memory',
    ],
  }).addOption(
    new Option('--sort <resource>', 'what the first has most of').choices(TOP_RESOURCES).default('cpu'),
  );
  addPodFilterFlags(command);
  addWatchFlag(command, 'show it anew every two seconds').action(async (flags: TopFlags) => {
    await maybeRepeated(deps, flags, {
      ask: (fleet) => fleet.pods({ ...podFilter(flags), usage: true }),
      render: ({ pods }, view) => renderTopPods(pods, flags.sort, view),
      nothing: 'No pods to show.',
    });
  });
}

export function renderTopPods(pods: readonly PodInfo__Output[], sort: TopResource, view: View): string {
  const live = pods.filter(({ phase }) => phase !== 'Succeeded' && phase !== 'Failed');
  return live.length === 0 ? '' : renderTable(busiestFirst(live, sort), COLUMNS, view);
}

const COLUMNS: readonly Column<PodInfo__Output>[] = [
  { header: 'NAMESPACE', cell: ({ namespace }) => namespace },
  { header: 'NAME', cell: ({ name }) => name },
  ...TOP_RESOURCES.map(
    (resource): Column<PodInfo__Output> => ({
      header: resource.toUpperCase(),
      align: 'right',
      cell: (pod) => usedAmount(pod, resource, fineAmount),
    }),
  ),
  {
    header: 'AGENT',
    cell: ({ agent }) => agent || '<none>',
    tone: ({ agent }) => (agent ? undefined : 'warn'),
  },
];
