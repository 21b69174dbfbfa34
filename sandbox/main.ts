#!/usr/bin/env node
// `longshore sandbox up|demo|status|down`: a whole cluster with agents on this machine, for trying out, demos and tests.
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { systemClock } from '../common/clock.ts';
import { describeError } from '../common/errors.ts';
import { parseQuantity } from '../common/quantity.ts';
import { CONTROL_PLANE_CHOICES, type ControlPlaneChoice } from './control-plane-choice.ts';
import { sandboxDemo } from './demo.ts';
import { shellWord } from './demo-view.ts';
import { sandboxDown } from './down.ts';
import { sandboxLayout } from './layout.ts';
import { createProgress } from './progress.ts';
import { NODE_CHOICES, type NodeChoice } from './specs.ts';
import { formatSandboxStatus, isHealthy, sandboxStatus } from './status.ts';
import { sandboxUp, type UpOptions } from './up.ts';

interface CommonOptions {
  readonly dir: string;
  readonly dockerSocket: string;
}

interface StartOptions extends CommonOptions {
  readonly agents: number;
  readonly nodes?: NodeChoice;
  readonly metricsServer?: boolean;
  readonly controlPlane: ControlPlaneChoice;
  readonly controlPlaneFlag: readonly string[];
  readonly capacity: string;
  readonly timeout: number;
}

const DEFAULT_DIR = '.longshore';

const tools = { clock: systemClock, progress: createProgress(process.stderr) };

function createProgram(): Command {
  const program = new Command('longshore sandbox')
    .description('A control plane, the controller and agents on this machine, on loopback only.')
    .exitOverride()
    .showHelpAfterError('(--help shows the flags and examples)')
    .helpCommand(false)
    .addHelpText('after', '\nExit codes: 0 done, 1 failed or not well, 2 wrong usage, 130 interrupted.');
  const command = (name: string, description: string) =>
    program
      .command(name)
      .description(description)
      .option('--dir <folder>', 'where the sandbox keeps its things', DEFAULT_DIR)
      .option('--docker-socket <path>', "Docker Engine's socket", '/var/run/docker.sock');

  const starting = (name: string, description: string, agents: number) =>
    command(name, description)
      .option('--agents <count>', 'how many agents', parseCount, agents)
      .option('--capacity <resources>', 'what each agent offers', parseCapacity, 'cpu=2,memory=2Gi')
      .addOption(
        new Option(
          '--control-plane <kind>',
          'real where its programs are at hand (npm run control-plane:build makes them), or the built-in stand-in',
        )
          .choices(CONTROL_PLANE_CHOICES)
          .default('auto'),
      )
      .option(
        '--control-plane-flag <program:--name=value>',
        'a flag for a program of a real control plane, such as kube-apiserver:--v=4; may be repeated',
        (flag: string, flags: readonly string[]) => [...flags, flag],
        [],
      )
      .option('--timeout <seconds>', 'give up after', parseCount, 120);

  starting('up', 'start it, or whatever of it does not run; prints the line that points kubectl at it', 1)
    .addOption(
      new Option('--nodes <one|per-agent>', 'one node for all agents, or one for each')
        .choices(NODE_CHOICES)
        .default('one'),
    )
    .option('--metrics-server', 'run metrics-server too, for kubectl top (real control plane only)')
    .addHelpText(
      'after',
      '\nExample:\n  eval "$(npx longshore sandbox up --agents 3)" && kubectl get nodes,agents',
    )
    .action(async (options: StartOptions) => {
      const layout = sandboxLayout(options.dir);
      onInterrupt(`what has started goes on running; ${downCommand(options)} removes it`);
      await sandboxUp(layout, upOptions(options), tools);
      process.stdout.write(`export KUBECONFIG=${shellWord(layout.kubeconfig)}\n`);
    });

  starting('demo', 'start it with three agents, run three pods and show them from every side', 3).action(
    async (options: StartOptions) => {
      onInterrupt(`what has started goes on running; ${downCommand(options)} removes it`);
      await sandboxDemo(sandboxLayout(options.dir), upOptions(options), { tools, output: process.stdout });
    },
  );

  command('status', 'which processes run; exit code 1 when not all is well').action(
    async (options: CommonOptions) => {
      const status = await sandboxStatus(sandboxLayout(options.dir));
      process.stdout.write(`${status ? formatSandboxStatus(status) : `No sandbox in ${options.dir}.`}\n`);
      if (!status || !isHealthy(status)) process.exitCode = 1;
    },
  );

  command('down', 'stop it and remove its containers and its folder').action(
    async (options: CommonOptions) => {
      onInterrupt('run it again to finish');
      const downed = await sandboxDown(sandboxLayout(options.dir), options, tools);
      const lines = downed ? [...downed.left, 'The sandbox is gone.'] : [`No sandbox in ${options.dir}.`];
      process.stderr.write(`${lines.join('\n')}\n`);
    },
  );
  return program;
}

/** Between two steps, never in the middle of one: what has been started is always on record. */
function onInterrupt(advice: string): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      process.stderr.write(`\nInterrupted: ${advice}.\n`);
      process.exit(130);
    });
  }
}

function downCommand({ dir }: CommonOptions): string {
  return `npx longshore sandbox down${dir === DEFAULT_DIR ? '' : ` --dir ${shellWord(dir)}`}`;
}

function upOptions(options: StartOptions): UpOptions {
  const {
    nodes = 'one',
    metricsServer = false,
    agents,
    capacity,
    controlPlane,
    controlPlaneFlag,
    timeout,
    dockerSocket,
  } = options;
  return {
    ...{
      nodes,
      metricsServer,
      agents,
      capacity,
      controlPlane,
      controlPlaneFlags: controlPlaneFlag,
      dockerSocket,
    },
    timeoutMs: timeout * 1000,
  };
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 1000)
    throw new InvalidArgumentError('Give a whole number from 1.');
  return count;
}

function parseCapacity(text: string): string {
  const valid = text.split(',').every((pair) => {
    const [name, quantity, ...rest] = pair.split('=');
    return name && quantity && rest.length === 0 && parseQuantity(quantity) !== undefined;
  });
  if (!valid) throw new InvalidArgumentError('Give it as cpu=2,memory=2Gi.');
  return text;
}

try {
  await createProgram().parseAsync(process.argv);
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    process.stderr.write(`error: ${describeError(error)}\n`);
    process.exitCode = 1;
  }
}
