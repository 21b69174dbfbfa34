// `longshore agents describe`: one machine with all that is known of it.
import type { Command } from 'commander';
import { readAgentObject } from './agent-object.ts';
import { renderAgent } from './agent-view.ts';
import type { CliDeps } from './deps.ts';
import { parseAgentName } from './flag-values.ts';
import { type FleetFlags, fleetCommand, print, withFleet } from './fleet-command.ts';
import { readEvents } from './read-events.ts';

export function addAgentsDescribe(agents: Command, deps: CliDeps): void {
  fleetCommand(agents, {
    name: 'describe',
    summary: 'Show everything about an agent',
    description:
      'Show everything about an agent: the machine, its conditions, what is requested of it, its pods and its events.',
    examples: [
      'longshore agents describe garage-pi',
      'longshore agents describe garage-pi -o yaml',
      "longshore agents describe garage-pi -o json | jq '.pods[].pod.name'",
    ],
  })
    .argument('<agent>', 'the agent', parseAgentName)
    .action(async (name: string, flags: FleetFlags) => {
      const [{ agent, objectJson, pods }, recent] = await Promise.all([
        withFleet(deps, flags, (fleet) => fleet.agent(name)),
        readEvents(deps, flags, { fields: `involvedObject.kind=Agent,involvedObject.name=${name}` }),
      ]);
      const object = readAgentObject(objectJson);
      const data = { agent, object, pods, events: recent.events };
      await print(deps, flags, {
        data,
        render: (view) => renderAgent({ ...data, eventsProblem: recent.problem }, view),
      });
    });
}
