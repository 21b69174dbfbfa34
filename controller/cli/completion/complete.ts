// What can come next on a command line, from the commands themselves: subcommands, flags, values. Names of agents, pods
// and images, and labels, are only named as what is wanted; who asks for them is complete-names.ts. Pure.
import type { Argument, Command, Option } from 'commander';

export interface Suggestion {
  readonly value: string;
  readonly description: string;
}

export interface Completion {
  readonly suggestions: readonly Suggestion[];
  /** What must be looked up. */
  readonly wants: 'agents' | 'agent labels' | 'images' | 'pods' | 'files' | 'nothing';
  /** What stands before it in the word that is being typed, as `--agents=zone=garage,` does. */
  readonly before: string;
  /** Flags given so far that say where to look it up, by name. */
  readonly flags: Readonly<Record<string, string>>;
  /** Given already: not suggested again. */
  readonly given: readonly string[];
}

/** `words` are those after the program's name, the last one being typed, perhaps empty. */
export function complete(program: Command, words: readonly string[]): Completion {
  const current = words.at(-1) ?? '';
  const { command, given, flags, pending } = read(program, words.slice(0, -1));
  const answer = (
    suggestions: readonly Suggestion[],
    { wants = 'nothing', before = '' }: Partial<Pick<Completion, 'wants' | 'before'>> = {},
  ): Completion => ({
    suggestions: suggestions.filter(({ value }) => value.startsWith(current)),
    ...{ wants, before, flags, given },
  });
  const ofFlag = (option: Option, start: string): Completion => {
    const values = VALUES[option.attributeName()] ?? [];
    const wants = wantedBy(option.long ?? '', command);
    return answer(
      values.map((value) => ({ value: `${start}${value}`, description: '' })),
      { wants, before: wants === 'agent labels' ? upToLastTerm(current, start) : start },
    );
  };
  if (pending) return ofFlag(pending, '');
  const [flag = ''] = /^--[^=]+(?==)/.exec(current) ?? [];
  const withValue = command.options.find(({ long, required }) => required && long === flag);
  if (withValue) return ofFlag(withValue, `${flag}=`);
  if (current.startsWith('-')) return answer(flagsOf(command));
  if (command.commands.length > 0) return answer(subcommandsOf(command));
  return answer([], { wants: wantedByArgument(command.registeredArguments, given) });
}

/** The terms of a selector that are there already stay. */
function upToLastTerm(word: string, start: string): string {
  return word.slice(0, Math.max(start.length, word.lastIndexOf(',') + 1));
}

const VALUES: Readonly<Record<string, readonly string[]>> = { output: ['table', 'wide', 'json', 'yaml'] };

interface Read {
  readonly command: Command;
  readonly given: readonly string[];
  readonly flags: Readonly<Record<string, string>>;
  /** The flag whose value comes next. */
  readonly pending: Option | undefined;
}

function read(program: Command, words: readonly string[]): Read {
  let command = program;
  const given: string[] = [];
  const flags: Record<string, string> = {};
  let pending: Option | undefined;
  for (const word of words) {
    if (pending) {
      flags[pending.attributeName()] = word;
      pending = undefined;
    } else if (word.startsWith('-')) {
      const [name, value] = word.split('=', 2);
      const option = command.options.find(({ long, short }) => name === long || name === short);
      if (option && value !== undefined) flags[option.attributeName()] = value;
      else if (option?.required) pending = option;
    } else {
      const next = command.commands.find((child) => child.name() === word);
      if (next) command = next;
      else given.push(word);
    }
  }
  return { command, given, flags, pending };
}

function flagsOf({ options }: Command): Suggestion[] {
  return [...options, HELP].flatMap(({ long, description }) => (long ? [{ value: long, description }] : []));
}

const HELP = { long: '--help', description: 'display help for command' };

function subcommandsOf(command: Command): Suggestion[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .map((child) => ({ value: child.name(), description: child.summary() || child.description() }));
}

function wantedBy(flag: string, command: Command): Completion['wants'] {
  if (flag === '--agent') return 'agents';
  if (flag === '--agents') return 'agent labels';
  if (flag === '--selector') return command.parent?.name() === 'agents' ? 'agent labels' : 'nothing';
  if (flag === '--pod') return 'pods';
  return flag === '--kubeconfig' ? 'files' : 'nothing';
}

function wantedByArgument(expected: readonly Argument[], given: readonly string[]): Completion['wants'] {
  const next = expected[Math.min(given.length, expected.length - 1)];
  if (!next || (given.length >= expected.length && !next.variadic)) return 'nothing';
  if (next.name() === 'agent') return 'agents';
  if (next.name() === 'image') return 'images';
  return next.name() === 'pod' ? 'pods' : 'nothing';
}
