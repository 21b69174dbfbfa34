// `longshore status`: the fleet at a glance.
import type { Command } from 'commander';
import type { CliDeps } from './deps.ts';
import { type FleetFlags, fleetCommand, print, withFleet } from './fleet-command.ts';
import { renderStatus } from './status-view.ts';

export function addStatus(program: Command, deps: CliDeps): void {
  fleetCommand(program, {
    name: 'status',
    summary: 'Show the fleet at a glance',
    description: 'Show the fleet at a glance: the node, its agents, what is free, what runs and what waits.',
    examples: [
      'longshore status',
      'longshore status --context staging',
      'longshore status -o json | jq .agentsReady',
    ],
  }).action(async (flags: FleetFlags) => {
    const status = await withFleet(deps, flags, (fleet) => fleet.status());
    await print(deps, flags, { data: status, render: (view) => renderStatus(status, view) });
  });
}
