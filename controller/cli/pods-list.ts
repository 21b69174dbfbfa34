// `longshore pods list`: the pods bound to the virtual node, each with the agent that runs it.
import type { Command } from 'commander';
import type { PodInfo__Output } from '../../proto/gen/longshore/v1/PodInfo.ts';
import { formatAge } from './age.ts';
import type { CliDeps } from './deps.ts';
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
import { addPodFilterFlags, type PodFilterFlags, podFilter } from './pod-filter-flags.ts';
import { type Column, renderTable } from './table.ts';
import { watchRows } from './watch.ts';

interface PodsFlags extends FleetFlags, PodFilterFlags {
  readonly watch: boolean;
}

export function addPodsList(pods: Command, deps: CliDeps): void {
  const command = fleetCommand(pods, {
    name: 'list',
    summary: 'List the pods and the agents that run them',
    examples: [
      'longshore pods list',
      'longshore pods list --agent garage-pi',
      'longshore pods list -l app=web',
      'longshore pods list -n default -o wide',
      'longshore pods list --watch',
    ],
  });
  addPodFilterFlags(command);
  addWatchFlag(command, 'then show each change as it comes').action(async (flags: PodsFlags) => {
    const filter = podFilter(flags);
    if (flags.watch) {
      return await watchRows<PodInfo__Output>(deps, flags, {
        ...{ kind: 'pod', columns, keyOf: ({ uid }) => uid, says: JSON.stringify },
        subscribe: (fleet) => fleet.watchPods(filter),
      });
    }
    const answer = await withFleet(deps, flags, (fleet) => fleet.pods(filter));
    await print(deps, flags, { data: answer, render: (view) => renderPods(answer.pods, view) });
    if (answer.pods.length === 0 && isForPeople(flags)) {
      const isChosen = Object.values(filter).some((wish) => wish !== '');
      deps.stderr.write(`No pods${isChosen ? ' match' : ' on this node yet'}.\n`);
    }
  });
}

export function renderPods(pods: readonly PodInfo__Output[], view: View): string {
  if (pods.length === 0) return '';
  const order = (pod: PodInfo__Output) => `${pod.namespace}/${pod.name}`;
  return renderTable(
    pods.toSorted((a, b) => (order(a) < order(b) ? -1 : 1)),
    columns(view),
    view,
  );
}

function columns({ nowMs }: View): Column<PodInfo__Output>[] {
  return [
    { header: 'NAMESPACE', cell: ({ namespace }) => namespace },
    { header: 'NAME', cell: ({ name }) => name },
    { header: 'READY', cell: ({ containersReady, containers }) => `${containersReady}/${containers}` },
    { header: 'STATUS', cell: ({ status, phase }) => status || phase || '<unknown>', tone: statusTone },
    { header: 'RESTARTS', cell: ({ restarts }) => String(restarts) },
    {
      header: 'AGENT',
      cell: ({ agent }) => agent || '<none>',
      tone: ({ agent }) => (agent ? undefined : 'warn'),
    },
    { header: 'AGE', cell: ({ createdAtMs }) => formatAge(createdAtMs, nowMs) },
    { header: 'UID', wide: true, cell: ({ uid }) => uid },
    { header: 'WAITING FOR', wide: true, cell: ({ waitingReason }) => waitingReason || '<none>' },
  ];
}

function statusTone(pod: PodInfo__Output): Tone | undefined {
  if (pod.status === 'Completed' || pod.phase === 'Succeeded') return 'faint';
  if (pod.status === 'Running') return pod.containersReady === pod.containers ? 'good' : 'warn';
  if (pod.phase === 'Failed' || /^Err|Error|BackOff|Failed|OOMKilled/.test(pod.status)) return 'bad';
  return 'warn';
}
