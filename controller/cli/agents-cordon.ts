// `longshore agents cordon` and `uncordon`: whether machines get new pods. They keep those they have.
import type { Command } from 'commander';
import { changeAgents } from './agent-object.ts';
import type { CliDeps } from './deps.ts';
import { parseAgentNames } from './flag-values.ts';
import { type FleetFlags, fleetCommand } from './fleet-command.ts';

export function addAgentsCordon(agents: Command, deps: CliDeps): void {
  fleetCommand(agents, {
    name: 'cordon',
    summary: 'Give agents no new pods',
    description: 'Give agents no new pods. They keep those they have; `uncordon` takes it back.',
    examples: ['longshore agents cordon garage-pi', 'longshore agents cordon garage-pi attic'],
  })
    .argument('<agent...>', 'the agents', parseAgentNames)
    .action((names: readonly string[], flags: FleetFlags) =>
      changeAgents(deps, flags, {
        ...{ names, request: { unschedulable: true } },
        words: { changed: 'cordoned', same: 'already cordoned' },
      }),
    );
  fleetCommand(agents, {
    name: 'uncordon',
    summary: 'Let agents take pods again',
    examples: ['longshore agents uncordon garage-pi'],
  })
    .argument('<agent...>', 'the agents', parseAgentNames)
    .action((names: readonly string[], flags: FleetFlags) =>
      changeAgents(deps, flags, {
        ...{ names, request: { unschedulable: false } },
        words: { changed: 'uncordoned', same: 'already uncordoned' },
      }),
    );
}
