// `longshore`: the operator's commands, the controller, and the way to the sandbox. The only place that ends the process.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../common/clock.ts';
import { describeError, LongshoreError } from '../common/errors.ts';
import { holdFewMessages } from '../common/lean-streams.ts';
import { confirm } from './cli/confirm.ts';
import type { CliDeps } from './cli/deps.ts';
import { createOperatorAccess } from './cli/operator-access.ts';
import { createCliProgram, runProgram } from './cli/program.ts';
import { CONTROLLER_FLAGS, type ControllerFlags, parseControllerConfig } from './config.ts';
import { MDNS_ADVERTISE, runMdnsAdvertise } from './rpc/advertise.ts';

const interrupted = new AbortController();

async function runController(flags: ControllerFlags): Promise<void> {
  const config = parseControllerConfig(flags, process.env);
  const { createLog } = await import('../common/log.ts');
  const log = createLog({ name: 'controller', level: config.logLevel });
  holdFewMessages();
  const { startController } = await import('./app.ts');
  const { signal } = interrupted;
  await using controller = await startController(config, { clock: systemClock, log }, signal).catch(
    (error: unknown) => {
      throw signal.aborted ? new LongshoreError('cancelled', 'interrupted before it had started') : error;
    },
  );
  await Promise.race([controller.done, aborted(signal)]);
  log.info('stopping');
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** The sandbox is a program of its own, beside us in a checkout. */
async function runSandbox(argv: readonly string[]): Promise<number> {
  const main = join(import.meta.dirname, '../sandbox/main.ts');
  if (!existsSync(main)) {
    throw new LongshoreError(
      'precondition',
      'the sandbox comes with the source: run this in a checkout of Longshore',
    );
  }
  const child = spawn(process.execPath, [main, ...argv], { stdio: 'inherit' });
  // Ctrl-C reaches both of us; what is sent to one process must be passed on.
  process.once('SIGTERM', () => child.kill('SIGTERM'));
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

const deps: CliDeps = {
  operatorAccess: (options) =>
    createOperatorAccess(async () => {
      const { openOperatorKube } = await import('./kube/operator-kube.ts');
      return openOperatorKube({
        kubeconfigPath: options.kubeconfig,
        context: options.context,
        clock: systemClock,
      });
    }, options),
  cluster: async ({ kubeconfig, context }) => {
    const { openClusterReader } = await import('./kube/cluster-reader.ts');
    return openClusterReader({ kubeconfigPath: kubeconfig, context, clock: systemClock });
  },
  streamClient: async () => {
    const { createStreamClient } = await import('./kubelet/client/stream-client.ts');
    return createStreamClient();
  },
  stdout: process.stdout,
  stderr: process.stderr,
  confirm: async (question) => {
    const { signal } = interrupted;
    return await confirm(question, { input: process.stdin, output: process.stderr, signal });
  },
  clock: systemClock,
  env: process.env,
  signal: interrupted.signal,
};

async function main(argv: readonly string[]): Promise<number> {
  if (argv[0] === 'sandbox') return await runSandbox(argv.slice(1));
  if (argv[0] === MDNS_ADVERTISE) {
    await runMdnsAdvertise(argv.slice(1));
    // Whatever sockets the library has opened meanwhile.
    process.exit(0);
  }
  const program = createCliProgram(deps);
  const controller = program.command('controller').description('Run the controller');
  for (const [flag, description] of CONTROLLER_FLAGS) controller.option(flag, description);
  controller.action(runController);
  program
    .command('sandbox')
    .description('A whole cluster with agents on this machine: up, demo, status, down');
  return await runProgram(program, argv, deps);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (interrupted.signal.aborted) process.exit(130);
    interrupted.abort();
  });
}
// Who reads our output may stop early, as `head` does: that is no failure, and there is nobody to go on for.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  process.stderr.write(`error: cannot write the output: ${error.message}\n`);
  process.exit(1);
});
// Who has closed it wants to hear nothing.
process.stderr.on('error', () => {});
// No top-level await: the bundle is CommonJS, which has none.
main(process.argv.slice(2)).then(
  (code) => {
    // A connection that is only being made cannot be cut, and would hold an interrupted program for ten seconds.
    if (interrupted.signal.aborted) process.exit(code);
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`error: ${describeError(error)}\n`);
    process.exitCode = 1;
  },
);
