// Which agents a command about images is for: those with labels, or all, said in so many words.
import type { Command } from 'commander';
import { LongshoreError } from '../../common/errors.ts';

export interface AgentSelection {
  readonly agents?: string;
  readonly all: boolean;
}

export function addAgentSelection(command: Command): Command {
  return command
    .optionsGroup('Which agents:')
    .option('--agents <selector>', 'by their labels, such as zone=garage,arch in (arm64),!old')
    .option('--all', 'all of them', false);
}

export function selectorOf({ agents, all }: AgentSelection): string {
  if (all === (agents !== undefined))
    throw new LongshoreError('invalid', 'say which agents: either --agents SELECTOR or --all');
  return agents ?? '';
}
