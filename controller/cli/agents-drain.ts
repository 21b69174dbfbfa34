// `longshore agents drain`: empties machines of their pods. It writes the wish into the Agent objects, where the controller
// finds it, and watches what comes of it.
import type { Command } from 'commander';
import type { AgentDetails__Output } from '../../proto/gen/longshore/v1/AgentDetails.ts';
import type { Clearing__Output } from '../../proto/gen/longshore/v1/Clearing.ts';
import type { Agent } from '../model/agent.ts';
import { readAgentObject, requireAgents } from './agent-object.ts';
import { type AgentState, awaitClearing } from './await-clearing.ts';
import type { CliDeps } from './deps.ts';
import { parseAgentNames, parseGraceSeconds } from './flag-values.ts';
import {
  type FleetFlags,
  isForPeople,
  perAnswer,
  print,
  waitingCommand,
  withFleet,
} from './fleet-command.ts';

interface DrainFlags extends FleetFlags {
  readonly force: boolean;
  readonly ignoreDaemonsets: boolean;
  readonly deleteEmptydirData: boolean;
  readonly gracePeriod: number;
}

const DESCRIPTION = [
  'Empty agents of their pods: they get no new ones, and those they have are evicted, which PodDisruptionBudgets may delay.',
  'It is a state of the Agent (spec.drain) that the controller sees to: interrupting this command stops nothing, running it again',
  'shows how far it is (with flags it goes on by these alone), and `uncordon` ends it. As with `kubectl drain`, nothing is evicted while one pod would be lost for good:',
  'see --force and --delete-emptydir-data.',
].join(' ');

export function addAgentsDrain(agents: Command, deps: CliDeps): void {
  waitingCommand(agents, {
    name: 'drain',
    summary: 'Evict the pods of agents, and give them no new ones',
    description: DESCRIPTION,
    examples: [
      'longshore agents drain garage-pi',
      'longshore agents drain garage-pi attic --timeout 10m --force --delete-emptydir-data',
      'longshore agents uncordon garage-pi',
    ],
  })
    .argument('<agent...>', 'the agents', parseAgentNames)
    .optionsGroup('What may leave:')
    .option('--force', 'pods that no controller makes anew, too', false)
    .option('--delete-emptydir-data', 'pods with an emptyDir too, whose contents are lost', false)
    .option('--ignore-daemonsets', 'pods of DaemonSets stay (with --nodes per-agent they always do)', false)
    .option('--grace-period <seconds>', "what pods get to end; 0: each pod's own", parseGraceSeconds, 0)
    .action((names: readonly string[], flags: DrainFlags) => drain(names, deps, flags));
}

async function drain(names: readonly string[], deps: CliDeps, flags: DrainFlags): Promise<void> {
  const wish = {
    gracePeriodSeconds: flags.gracePeriod,
    force: flags.force,
    deleteEmptydirData: flags.deleteEmptydirData,
    ignoreDaemonsets: flags.ignoreDaemonsets,
  };
  const wanted = new Map<string, Agent>();
  await withFleet(deps, perAnswer(flags), async (fleet) => {
    await requireAgents(fleet, names);
    for (const name of names) {
      const { changed, objectJson } = await fleet.updateAgent({ name, drain: wish });
      wanted.set(name, readAgentObject(objectJson));
      if (isForPeople(flags))
        deps.stdout.write(`agent/${name} ${changed ? 'cordoned' : 'already being drained'}\n`);
    }
  });
  await awaitClearing(deps, flags, {
    names,
    word: 'drained',
    goesOn: '`longshore agents uncordon` ends the drain, which goes on',
    async ask(fleet, name) {
      const details = await fleet.agent(name);
      const object = readAgentObject(details.objectJson);
      const before = wanted.get(name);
      if (before && object.metadata.uid !== before.metadata.uid)
        return { kind: 'stuck', why: 'it was removed, and another has joined by this name meanwhile' };
      const isSeen = generationOf(object) >= generationOf(before);
      if (!isSeen) return { kind: 'going', left: details.pods.length, notes: [] };
      wanted.set(name, object);
      return stateOf(details, object);
    },
  });
  if (isForPeople(flags)) return;
  const objects = [...wanted.values()];
  await print(deps, flags, {
    data: objects.length === 1 ? objects[0] : { agents: objects },
    render: () => '',
  });
}

function stateOf({ clearing, pods }: AgentDetails__Output, object: Agent): AgentState {
  if (!object.spec.drain) return { kind: 'stuck', why: 'the drain was ended meanwhile' };
  if (!clearing || clearing.generation < generationOf(object))
    return { kind: 'going', left: pods.length, notes: [] };
  if (clearing.done) return { kind: 'done' };
  const [refused] = clearing.refused;
  if (refused) {
    const alike = clearing.refused.filter(({ why }) => why === refused.why);
    const named = alike.map(({ namespace, name }) => `${namespace}/${name}`).join(', ');
    const now =
      'it is cordoned, and nothing is evicted until you run this again with the flag, or uncordon it';
    return { kind: 'stuck', why: `${refused.why}: ${named}; ${now}` };
  }
  return { kind: 'going', left: clearing.left, notes: notesOf(clearing) };
}

/** What keeps the pods that are left. */
export function notesOf({ held, unreachable }: Clearing__Output): string[] {
  const away = unreachable
    ? ['the agent is unreachable: what runs there ends when it is back, or is removed']
    : [];
  return [...away, ...held.map(({ namespace, name, why }) => `${namespace}/${name}: ${why}`)];
}

function generationOf(object: Agent | undefined): number {
  return object?.metadata.generation ?? 0;
}
