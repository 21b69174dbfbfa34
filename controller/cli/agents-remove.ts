// `longshore agents remove`: takes a machine out of the fleet. What can be reached stops its pods first; for what cannot,
// somebody has to say that it is gone, since only then may its pods be started elsewhere.
import type { Command } from 'commander';
import { LongshoreError } from '../../common/errors.ts';
import type { AgentDetails__Output } from '../../proto/gen/longshore/v1/AgentDetails.ts';
import type { AgentPod__Output } from '../../proto/gen/longshore/v1/AgentPod.ts';
import { condition } from '../model/agent.ts';
import { formatAge } from './age.ts';
import { readAgentObject } from './agent-object.ts';
import { notesOf } from './agents-drain.ts';
import { type AgentState, awaitClearing } from './await-clearing.ts';
import type { CliDeps } from './deps.ts';
import { parseAgentName } from './flag-values.ts';
import {
  type FleetFlags,
  isForPeople,
  perAnswer,
  print,
  waitingCommand,
  withFleet,
} from './fleet-command.ts';

interface RemoveFlags extends FleetFlags {
  readonly yes: boolean;
}

const SHOWN_PODS = 10;

const DESCRIPTION = [
  'Take an agent out of the fleet: its pods are evicted, which PodDisruptionBudgets may delay, then its certificate counts no more.',
  'An agent that is not heard of cannot stop its pods. Removing it declares that the machine is gone for good: its pods are taken',
  'for dead and their controllers make others. Should it come back all the same, its agent stops them and may not join again but',
  'with a new token.',
].join(' ');

export function addAgentsRemove(agents: Command, deps: CliDeps): void {
  waitingCommand(agents, {
    name: 'remove',
    summary: 'Take an agent out of the fleet',
    description: DESCRIPTION,
    examples: ['longshore agents remove garage-pi', 'longshore agents remove attic --yes --timeout 5m'],
  })
    .argument('<agent>', 'the agent', parseAgentName)
    .option('-y, --yes', 'ask nothing', false)
    .action((name: string, flags: RemoveFlags) => remove(name, deps, flags));
}

async function remove(name: string, deps: CliDeps, flags: RemoveFlags): Promise<void> {
  const found = await withFleet(deps, perAnswer(flags), (fleet) => fleet.agent(name));
  const object = readAgentObject(found.objectJson);
  const { uid } = object.metadata;
  // Its engine may be down all the same.
  const isReachable = condition(object, 'Ready')?.status === 'True';
  const question = (isReachable ? evictionQuestion : declarationQuestion)(name, found, deps.clock.now());
  const declareGone = !isReachable;
  if (question !== undefined && !flags.yes && !(await deps.confirm(question))) {
    throw new LongshoreError('precondition', `agent/${name} is left as it is`);
  }
  await withFleet(deps, perAnswer(flags), (fleet) => fleet.removeAgent({ name, uid, declareGone }));
  await awaitClearing(deps, flags, {
    names: [name],
    word: 'removed',
    goesOn: 'its removal goes on',
    async ask(fleet) {
      const details = await fleet.agent(name).catch((error) => {
        if (error instanceof LongshoreError && error.code === 'not-found') return undefined;
        throw error;
      });
      if (!details || readAgentObject(details.objectJson).metadata.uid !== uid) return { kind: 'done' };
      return stateOf(details, { declareGone });
    },
  });
  if (!isForPeople(flags)) await print(deps, flags, { data: { removed: name, uid }, render: () => '' });
}

/** Undefined: nobody is hurt. */
function evictionQuestion(name: string, { pods }: AgentDetails__Output): string | undefined {
  if (pods.length === 0) return undefined;
  return `Agent ${name} runs ${podsOf(pods)}. They are evicted; those without a controller are lost. Remove it?`;
}

function declarationQuestion(name: string, { agent, pods }: AgentDetails__Output, nowMs: number): string {
  const since = agent?.lastSeenMs ? `for ${formatAge(agent.lastSeenMs, nowMs)}` : 'ever';
  const may =
    pods.length === 0
      ? ''
      : ` ${podsOf(pods)} may still run there. Removing it declares them dead: others are started in their place, beside them if the machine is only cut off.`;
  return `Agent ${name} has not been heard of ${since}.${may} Is the machine gone for good, and shall it be removed?`;
}

function podsOf(pods: readonly AgentPod__Output[]): string {
  const named = pods.map(({ pod }) => `${pod?.namespace}/${pod?.name}`);
  const shown = named.slice(0, SHOWN_PODS).join(', ');
  const more = named.length > SHOWN_PODS ? ` and ${named.length - SHOWN_PODS} more` : '';
  return `${pods.length} ${pods.length === 1 ? 'pod' : 'pods'} (${shown}${more})`;
}

function stateOf(
  { clearing, pods }: AgentDetails__Output,
  how: { readonly declareGone: boolean },
): AgentState {
  if (!clearing) return { kind: 'going', left: pods.length, notes: [] };
  if (clearing.unreachable && !how.declareGone) {
    const why =
      'it has become unreachable, and is removed when it is back; run this again to declare it gone';
    return { kind: 'stuck', why };
  }
  return { kind: 'going', left: clearing.left, notes: how.declareGone ? [] : notesOf(clearing) };
}
