// `longshore version`: which build this is, without asking anybody.
import type { Command } from 'commander';
import { VERSION } from '../../common/version.ts';
import type { CliDeps } from './deps.ts';
import { addOutputFlags, describe, type FleetFlags, print } from './fleet-command.ts';

export function addVersion(program: Command, deps: CliDeps): void {
  const command = describe(program.command('version'), {
    name: 'version',
    summary: 'Print the version of this build',
    description: 'Print the version of this build. The controller’s own is in `longshore status`.',
    examples: ['longshore version', 'longshore version -o json'],
  });
  addOutputFlags(command).action(async (flags: Pick<FleetFlags, 'output' | 'color'>) => {
    const data = {
      longshore: VERSION,
      node: process.version,
      platform: `${process.platform}/${process.arch}`,
    };
    await print(deps, flags, {
      data,
      render: ({ wide }) => `longshore ${VERSION}${wide ? `, Node.js ${data.node}, ${data.platform}` : ''}\n`,
    });
  });
}
