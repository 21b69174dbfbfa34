// `longshore status`: the fleet at a glance.
import type { Command } from 'commander';
import type { CliDeps } from './deps.ts';
import { addWatchFlag, type FleetFlags, fleetCommand } from './fleet-command.ts';
import { maybeRepeated } from './repeat.ts';
import { renderStatus } from './status-view.ts';

interface StatusFlags extends FleetFlags {
  readonly watch: boolean;
}

export function addStatus(program: Command, deps: CliDeps): void {
  const command = fleetCommand(program, {
    name: 'status',
    summary: 'Show the fleet at a glance',
    description: 'Show the fleet at a glance: the node, its agents, what is free, what runs and what waits.',
    examples: [
      'longshore status',
      'longshore status --watch',
      'longshore status --context staging',
      'longshore status -o json | jq .agentsReady',
    ],
  });
  addWatchFlag(command, 'show it anew every two seconds').action(async (flags: StatusFlags) => {
    await maybeRepeated(deps, flags, {
      ask: (fleet) => fleet.status(),
      render: renderStatus,
    });
  });
}
