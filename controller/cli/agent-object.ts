// The Agent object as the controller hands it out, and the answer to a change of it. Its JSON comes from the controller,
// which the CA vouches for; it is printed, never acted on.
import { LongshoreError } from '../../common/errors.ts';
import type { UpdateAgentRequest } from '../../proto/gen/longshore/v1/UpdateAgentRequest.ts';
import type { Agent } from '../model/agent.ts';
import type { CliDeps } from './deps.ts';
import type { Fleet } from './fleet-client.ts';
import { type FleetFlags, isForPeople, print, withFleet } from './fleet-command.ts';

export function readAgentObject(json: Uint8Array): Agent {
  try {
    const object: unknown = JSON.parse(Buffer.from(json).toString('utf8'));
    if (typeof object === 'object' && object !== null && 'metadata' in object && 'spec' in object) {
      return object as Agent;
    }
  } catch {
    // Said below.
  }
  throw new LongshoreError('internal', 'the controller answered with something that is no Agent object');
}

export interface ChangeWords {
  /** After `agent/NAME`: `labeled`. */
  readonly changed: string;
  /** When it was so already: `not labeled`. */
  readonly same: string;
}

/** Where there are several, a name that is none ends the command before anything is done to the others. */
export async function requireAgents(fleet: Fleet, names: readonly string[]): Promise<void> {
  if (names.length < 2) return;
  const there = new Set((await fleet.agents()).agents.map(({ name }) => name));
  const missing = names.find((name) => !there.has(name));
  if (missing !== undefined)
    throw new LongshoreError('not-found', `there is no agent '${missing}'; the others are left as they are`);
}

/** Changes each agent in turn and says so as kubectl does; with `-o json` it prints the objects as they are now. */
export async function changeAgents(
  deps: CliDeps,
  flags: FleetFlags,
  change: {
    readonly names: readonly string[];
    readonly request: Omit<UpdateAgentRequest, 'name'>;
    readonly words: ChangeWords;
  },
): Promise<void> {
  const { names, request, words } = change;
  const forPeople = isForPeople(flags);
  await withFleet(deps, flags, async (fleet) => {
    await requireAgents(fleet, names);
    const agents: Agent[] = [];
    for (const name of names) {
      const { changed, objectJson } = await fleet.updateAgent({ ...request, name });
      agents.push(readAgentObject(objectJson));
      if (forPeople) deps.stdout.write(`agent/${name} ${changed ? words.changed : words.same}\n`);
    }
    if (forPeople) return;
    await print(deps, flags, { data: agents.length === 1 ? agents[0] : { agents }, render: () => '' });
  });
}
