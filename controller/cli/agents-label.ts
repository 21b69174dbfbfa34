// `longshore agents label`: what placement and node affinity see of a machine.
import { type Command, InvalidArgumentError } from 'commander';
import { isLabelKey } from '../../common/labels.ts';
import { changeAgents } from './agent-object.ts';
import type { CliDeps } from './deps.ts';
import { collectLabel, parseAgentName } from './flag-values.ts';
import { type FleetFlags, fleetCommand } from './fleet-command.ts';

export interface LabelChanges {
  readonly set: Readonly<Record<string, string>>;
  readonly remove: readonly string[];
}

interface LabelFlags extends FleetFlags {
  readonly overwrite: boolean;
}

export function addAgentsLabel(agents: Command, deps: CliDeps): void {
  fleetCommand(agents, {
    name: 'label',
    summary: 'Set and remove labels of an agent',
    description:
      'Set labels of an agent with key=value, and remove them with key-. The pods on it stay where they are.',
    examples: [
      'longshore agents label garage-pi zone=garage disk=ssd',
      'longshore agents label garage-pi zone=attic --overwrite',
      'longshore agents label garage-pi disk-',
    ],
  })
    .argument('<agent>', 'the agent', parseAgentName)
    .argument('<labels...>', 'key=value sets, key- removes', collectLabelChange)
    .option('--overwrite', 'replace labels that have another value', false)
    .action((name: string, { set, remove }: LabelChanges, flags: LabelFlags) =>
      changeAgents(deps, flags, {
        names: [name],
        request: { setLabels: set, removeLabels: [...remove], overwrite: flags.overwrite },
        words: { changed: 'labeled', same: 'not labeled' },
      }),
    );
}

export function collectLabelChange(
  text: string,
  before: LabelChanges = { set: {}, remove: [] },
): LabelChanges {
  if (!text.endsWith('-') || text.includes('=')) return { ...before, set: collectLabel(text, before.set) };
  const key = text.slice(0, -1);
  if (!isLabelKey(key)) throw new InvalidArgumentError('Expected key=value, or key- to remove a label.');
  return { ...before, remove: [...before.remove, key] };
}
