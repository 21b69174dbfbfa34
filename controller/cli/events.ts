// `longshore events`: what Kubernetes has on record about the fleet's machines and pods. Events lie at the API server and
// are read as the kubeconfig's user; which of them are the fleet's, and on which machine, the controller says.

import { type Command, Option } from 'commander';
import { errorCode } from '../../common/errors.ts';
import type { ClusterEvent, EventSelection } from './cluster.ts';
import type { CliDeps } from './deps.ts';
import { eventColumns, renderEvents } from './events-view.ts';
import { parseAgentName, parseNamespace, parsePodName } from './flag-values.ts';
import {
  addWatchFlag,
  type FleetFlags,
  fleetCommand,
  isForPeople,
  print,
  viewOf,
  withCluster,
  withFleet,
} from './fleet-command.ts';
import { isNodeOfFleet } from './fleet-nodes.ts';
import { pause } from './pause.ts';
import { growingTable } from './table.ts';

interface EventsFlags extends FleetFlags {
  readonly agent?: string;
  readonly pod?: string;
  readonly podNamespace?: string;
  readonly watch: boolean;
}

export function addEvents(program: Command, deps: CliDeps): void {
  const command = fleetCommand(program, {
    name: 'events',
    summary: 'Show the events of agents and pods',
    description: 'Show the events of the fleet: of its agents, its pods and its node, oldest first.',
    examples: [
      'longshore events',
      'longshore events --watch',
      'longshore events --agent garage-pi',
      'longshore events -n default --pod web-7d4b9c-x2x8k',
    ],
  })
    .optionsGroup('Which events:')
    .option('--agent <name>', 'only those of this agent and of the pods on it', parseAgentName)
    .option('--pod <name>', 'only those of pods of this name', parsePodName)
    .option('-n, --pod-namespace <name>', 'only those of pods of this namespace', parseNamespace)
    .addOption(
      new Option('-A, --all-namespaces', 'of all namespaces; so it is without -n too').conflicts(
        'podNamespace',
      ),
    );
  addWatchFlag(command, 'then show each event as it comes').action(async (flags: EventsFlags) => {
    const fleet = await knowFleet(deps, flags);
    const selection = selectionOf(flags);
    if (flags.watch) return await follow(deps, flags, { fleet, selection });
    const all = await withCluster(deps, flags, (cluster) => cluster.events(selection, deps.signal));
    const events = shownEvents(all, fleet, flags);
    await print(deps, flags, { data: { events }, render: (view) => renderEvents(events, view) });
    if (events.length === 0 && isForPeople(flags)) {
      deps.stderr.write('No events. They live for an hour in most clusters.\n');
    }
  });
}

export interface KnownFleet {
  /** See fleet-nodes.ts. */
  readonly nodeName: string;
  /** Of the pods that there are, by UID; empty while it waits. */
  readonly agentOfPod: Map<string, string>;
}

async function knowFleet(deps: CliDeps, flags: FleetFlags): Promise<KnownFleet> {
  return await withFleet(deps, flags, async (fleet) => {
    const [{ nodeName }, { pods }] = await Promise.all([
      fleet.status(),
      fleet.pods({ agent: '', namespace: '' }),
    ]);
    return { nodeName, agentOfPod: new Map(pods.map(({ uid, agent }) => [uid, agent])) };
  });
}

function selectionOf({ pod, podNamespace }: EventsFlags): EventSelection {
  return {
    namespace: podNamespace,
    fields: pod === undefined ? undefined : `involvedObject.kind=Pod,involvedObject.name=${pod}`,
  };
}

/** Those of the fleet, each with its agent: of a pod that is gone, some of these events say where it was. */
export function shownEvents(
  events: readonly ClusterEvent[],
  { nodeName, agentOfPod }: KnownFleet,
  { agent: wanted }: { readonly agent?: string },
): ClusterEvent[] {
  const told = events.filter(({ agent, host }) => agent !== '' && isNodeOfFleet(nodeName, host));
  const agentOfGone = new Map(told.map(({ objectUid, agent }) => [objectUid, agent]));
  return events.flatMap((event) => {
    const { kind, name, objectUid, host } = event;
    const isOurs =
      agentOfPod.has(objectUid) ||
      agentOfGone.has(objectUid) ||
      kind === 'Agent' ||
      isNodeOfFleet(nodeName, host) ||
      (kind === 'Node' && isNodeOfFleet(nodeName, name));
    const ofPod = agentOfPod.get(objectUid) || (agentOfGone.get(objectUid) ?? '');
    const agent = kind === 'Agent' ? name : ofPod;
    return isOurs && (wanted === undefined || agent === wanted) ? [{ ...event, agent }] : [];
  });
}

async function follow(
  deps: CliDeps,
  flags: EventsFlags,
  { fleet, selection }: { readonly fleet: KnownFleet; readonly selection: EventSelection },
): Promise<void> {
  const { stdout } = deps;
  const table = growingTable(() => eventColumns(viewOf(deps, flags)), viewOf(deps, flags));
  const { stringify } = await import('yaml');
  const tell = (events: readonly ClusterEvent[]) => {
    if (events.length === 0) return;
    if (isForPeople(flags)) stdout.write(table(events));
    else if (flags.output === 'yaml') for (const event of events) stdout.write(`---\n${stringify(event)}`);
    else for (const event of events) stdout.write(`${JSON.stringify(event)}\n`);
  };
  // If one fails the other ends too.
  const failing = new AbortController();
  const signal = AbortSignal.any([failing.signal, ...(deps.signal ? [deps.signal] : [])]);
  const until = { ...deps, signal };
  try {
    await Promise.all([
      followPods(until, flags, fleet),
      withCluster(until, flags, async (cluster) => {
        await cluster.followEvents(selection, (events) => tell(shownEvents(events, fleet, flags)), signal);
        signal.throwIfAborted();
      }),
    ]);
  } finally {
    failing.abort();
  }
}

const LOOK_MS = 5000;
/** Their last events may come after their end. */
const GONE_PODS_KEPT = 1000;

/** New pods are the fleet's too. While the controller is away the events of those known already go on. */
async function followPods(deps: CliDeps, flags: EventsFlags, { agentOfPod }: KnownFleet): Promise<void> {
  for (;;) {
    const left: string[] = [];
    await withFleet(deps, flags, async (fleet) => {
      let isFirst = true;
      for await (const { changed, gone } of fleet.watchPods({
        ...{ agent: '', namespace: flags.podNamespace ?? '' },
      })) {
        // The first message holds all that there are.
        if (isFirst) agentOfPod.clear();
        isFirst = false;
        for (const { uid, agent } of changed) agentOfPod.set(uid, agent);
        left.push(...gone.map(({ uid }) => uid));
        for (const uid of left.splice(0, left.length - GONE_PODS_KEPT)) agentOfPod.delete(uid);
      }
    }).catch((error: unknown) => {
      if (errorCode(error) !== 'unavailable') throw error;
    });
    await pause(deps, LOOK_MS);
  }
}
