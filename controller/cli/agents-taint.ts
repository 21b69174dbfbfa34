// `longshore agents taint`: keeps pods off a machine, or drives them off, unless they tolerate it.
import { type Command, InvalidArgumentError } from 'commander';
import { isLabelKey, isLabelValue } from '../../common/labels.ts';
import { changeAgents } from './agent-object.ts';
import type { CliDeps } from './deps.ts';
import { parseAgentName } from './flag-values.ts';
import { type FleetFlags, fleetCommand } from './fleet-command.ts';

export interface TaintChanges {
  readonly set: readonly { readonly key: string; readonly value: string; readonly effect: string }[];
  /** An empty effect stands for all of them. */
  readonly remove: readonly { readonly key: string; readonly effect: string }[];
}

interface TaintFlags extends FleetFlags {
  readonly overwrite: boolean;
}

export function addAgentsTaint(agents: Command, deps: CliDeps): void {
  fleetCommand(agents, {
    name: 'taint',
    summary: 'Set and remove taints of an agent',
    description:
      'Set taints of an agent with key=value:effect or key:effect, and remove them with key:effect- or key-. The effects are those of node taints: NoSchedule, PreferNoSchedule, and NoExecute, which drives off pods that do not tolerate it.',
    examples: [
      'longshore agents taint garage-pi dedicated=cameras:NoSchedule',
      'longshore agents taint garage-pi maintenance:NoExecute',
      'longshore agents taint garage-pi dedicated- maintenance:NoExecute-',
    ],
  })
    .argument('<agent>', 'the agent', parseAgentName)
    .argument('<taints...>', 'key[=value]:effect sets, key[:effect]- removes', collectTaintChange)
    .option('--overwrite', 'replace taints that have another value', false)
    .action((name: string, { set, remove }: TaintChanges, flags: TaintFlags) =>
      changeAgents(deps, flags, {
        names: [name],
        request: { setTaints: [...set], removeTaints: [...remove], overwrite: flags.overwrite },
        words: { changed: set.length > 0 ? 'tainted' : 'untainted', same: 'not changed' },
      }),
    );
}

const TAINT = /^([^=:]+)(?:=([^:]*))?(?::([A-Za-z]+))?(-?)$/;
const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

export function collectTaintChange(
  text: string,
  before: TaintChanges = { set: [], remove: [] },
): TaintChanges {
  const removing = text.endsWith('-');
  const [, key = '', value = '', effect = ''] = TAINT.exec(removing ? text.slice(0, -1) : text) ?? [];
  if (!isLabelKey(key) || !isLabelValue(value)) {
    throw new InvalidArgumentError(
      'Expected key=value:effect, key:effect, or key:effect- to remove a taint.',
    );
  }
  if (!EFFECTS.includes(effect) && !(removing && effect === '')) {
    throw new InvalidArgumentError(`The effect of a taint is ${EFFECTS.join(', ')}.`);
  }
  return removing
    ? { ...before, remove: [...before.remove, { key, effect }] }
    : { ...before, set: [...before.set, { key, value, effect }] };
}
