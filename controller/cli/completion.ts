// `longshore completion`: a script for the shell, and the hidden command that the script asks.
import { Argument, type Command } from 'commander';
import { type Completion, complete, type Suggestion } from './completion/complete.ts';
import { completeNames } from './completion/complete-names.ts';
import { SCRIPTS, SHELLS, type Shell } from './completion/scripts.ts';
import type { CliDeps } from './deps.ts';
import { describe } from './fleet-command.ts';
import { printable } from './paint.ts';

export function addCompletion(program: Command, deps: CliDeps): void {
  describe(program.command('completion'), {
    name: 'completion',
    summary: 'Print a script that completes commands in a shell',
    description:
      'Print a script that completes commands, flags, the names of agents, pods and images, and the labels of agents in a shell. Its first lines say how to use it.',
    examples: [
      'source <(longshore completion bash)',
      'source <(longshore completion zsh)',
      'longshore completion fish | source',
    ],
  })
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .action((shell: Shell) => {
      deps.stdout.write(SCRIPTS[shell]);
    });
  program
    .command('__complete', { hidden: true })
    .argument('[words...]')
    .action(async (typed: readonly string[]) => {
      const words = typed.map(withoutQuotes);
      const completion = complete(program, words);
      const isKnownHere = completion.wants === 'files' || completion.wants === 'nothing';
      const names = isKnownHere ? [] : await completeNames(deps, completion);
      deps.stdout.write(lines(completion, names, words.at(-1) ?? ''));
    });
}

/** A shell hands over what is typed as it is typed, perhaps with a quote that is still open. */
function withoutQuotes(word: string): string {
  return word.replace(/["'\\]/g, '');
}

function lines(
  { suggestions, wants, before }: Completion,
  names: readonly Suggestion[],
  current: string,
): string {
  const whole = names.map(({ value, description }) => ({ value: `${before}${value}`, description }));
  const found = [...suggestions, ...whole.filter(({ value }) => value.startsWith(current))];
  const all = found.map(({ value, description }) => `${printable(value)}\t${printable(description)}`);
  return [...all, ...(wants === 'files' ? [':files'] : [])].map((line) => `${line}\n`).join('');
}
