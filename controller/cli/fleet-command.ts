// What every command that asks the controller has in common: how to reach it, how to print, and the same order of
// steps: read the flags, connect, ask, print.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { errorCode, LongshoreError } from '../../common/errors.ts';
import type { Cluster } from './cluster.ts';
import type { CliDeps } from './deps.ts';
import { durationBetween, parseAddress, parseNamespace } from './flag-values.ts';
import type { Fleet } from './fleet-client.ts';
import { createPaint, type Paint } from './paint.ts';

const ANSWER_SECONDS = 10;

export type OutputFormat = 'table' | 'wide' | 'json' | 'yaml';

export interface FleetFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace: string;
  readonly server?: string;
  /** In seconds. */
  readonly timeout: number;
  readonly output: OutputFormat;
  readonly color: boolean;
}

export interface CommandText {
  readonly name: string;
  readonly summary: string;
  readonly description?: string;
  /** One per line, as typed. */
  readonly examples: readonly string[];
}

/** A command with the flags that all of them take; the caller adds its own and its action. */
export function fleetCommand(parent: Command, text: CommandText): Command {
  return addConnectionFlags(parent, text).addOption(
    new Option('--timeout <duration>', 'how long to wait for an answer')
      .argParser(durationBetween({ min: '1s', max: '10m' }))
      .default(ANSWER_SECONDS, `${ANSWER_SECONDS}s`),
  );
}

/** Of a command that waits until something has come about: its `--timeout` is for that, and is no flag of `connect`. */
export function waitingCommand(parent: Command, text: CommandText): Command {
  return addConnectionFlags(parent, text)
    .optionsGroup('Waiting:')
    .addOption(
      new Option('--timeout <duration>', 'how long to wait until it has come about; 0s: for ever')
        .argParser(durationBetween({ min: '0s', max: '365d' }))
        .default(0, '0s'),
    );
}

/** How long one answer may take of a command that waits for more than an answer. */
export function perAnswer(flags: FleetFlags): FleetFlags {
  return { ...flags, timeout: ANSWER_SECONDS };
}

function addConnectionFlags(parent: Command, text: CommandText): Command {
  const command = describe(parent.command(text.name), text);
  return addOutputFlags(command)
    .optionsGroup('How to reach the controller:')
    .option('--kubeconfig <file>', 'kubeconfig to use (default: $KUBECONFIG, else ~/.kube/config)')
    .option('--context <name>', 'context of the kubeconfig (default: its current one)')
    .option('--namespace <name>', 'namespace the controller runs in', parseNamespace, 'longshore-system')
    .option(
      '--server <host:port>',
      'address of the controller (default: as it publishes in the cluster)',
      parseAddress,
    );
}

export function addOutputFlags(command: Command): Command {
  return command
    .optionsGroup('Output:')
    .option('-o, --output <format>', 'table, wide, json or yaml', parseFormat, 'table')
    .option('--no-color', 'no colours (they are used on a terminal only; NO_COLOR works too)');
}

export function describe(command: Command, { summary, description, examples }: CommandText): Command {
  const lines = examples.map((example) => `  ${example}`);
  return command
    .summary(summary)
    .description(description ?? `${summary}.`)
    .addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}

export function addWatchFlag(command: Command, what: string): Command {
  return command.option('-w, --watch', what, false);
}

function parseFormat(text: string): OutputFormat {
  if (text === 'table' || text === 'wide' || text === 'json' || text === 'yaml') return text;
  throw new InvalidArgumentError('Expected table, wide, json or yaml.');
}

/** Connects as the flags say, for as long as `use` runs. */
export async function withFleet<Answer>(
  deps: CliDeps,
  flags: FleetFlags,
  use: (fleet: Fleet) => Promise<Answer>,
): Promise<Answer> {
  try {
    using fleet = await connect(deps, flags);
    return await use(fleet);
  } catch (error) {
    if (!deps.signal?.aborted || errorCode(error) === 'cancelled') throw error;
    throw new LongshoreError('cancelled', 'interrupted', { cause: error });
  }
}

/** The caller closes it. */
export async function connect(deps: CliDeps, flags: FleetFlags): Promise<Fleet> {
  const { kubeconfig, context, namespace, server, timeout } = flags;
  const access = deps.operatorAccess({ kubeconfig, context, namespace, server });
  const info = await access.connectionInfo(deps.signal);
  const { connectFleet } = await import('./fleet-client.ts');
  return connectFleet(info, { timeoutMs: timeout * 1000, signal: deps.signal });
}

/** Asks the API server as the kubeconfig's own user, for as long as `use` runs. */
export async function withCluster<Answer>(
  deps: CliDeps,
  flags: FleetFlags,
  use: (cluster: Cluster) => Promise<Answer>,
): Promise<Answer> {
  try {
    await using cluster = await deps.cluster(flags);
    return await use(cluster);
  } catch (error) {
    if (!deps.signal?.aborted || errorCode(error) === 'cancelled') throw error;
    throw new LongshoreError('cancelled', 'interrupted', { cause: error });
  }
}

export interface View {
  readonly wide: boolean;
  readonly paint: Paint;
  readonly nowMs: number;
}

export function viewOf({ stdout, env, clock }: CliDeps, flags: PrintFlags): View {
  return { wide: flags.output === 'wide', paint: createPaint({ stdout, env }, flags), nowMs: clock.now() };
}

export type PrintFlags = Pick<FleetFlags, 'output' | 'color'>;

export function isForPeople({ output }: PrintFlags): boolean {
  return output === 'table' || output === 'wide';
}

/** The whole answer as JSON or YAML, or what `render` makes of it for people. */
export async function print(
  deps: CliDeps,
  flags: PrintFlags,
  answer: { readonly data: unknown; readonly render: (view: View) => string },
): Promise<void> {
  const { stdout } = deps;
  switch (flags.output) {
    case 'json':
      stdout.write(`${JSON.stringify(answer.data, undefined, 2)}\n`);
      return;
    case 'yaml': {
      const { stringify } = await import('yaml');
      stdout.write(stringify(answer.data));
      return;
    }
    case 'table':
    case 'wide':
      stdout.write(answer.render(viewOf(deps, flags)));
      return;
    default:
      flags.output satisfies never;
  }
}
