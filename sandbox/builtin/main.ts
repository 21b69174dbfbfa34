// Entry of the control-plane process: flags in, a serving control plane until SIGTERM or SIGINT.
import { isIP } from 'node:net';
import { parseArgs } from 'node:util';
import { systemClock } from '../../common/clock.ts';
import { describeError, LongshoreError } from '../../common/errors.ts';
import { createLog } from '../../common/log.ts';
import { LOG_LEVELS, type LogLevel } from '../../common/log-level.ts';
import { startBuiltinControlPlane } from './control-plane.ts';

interface Flags {
  readonly dir: string;
  readonly listen: { readonly host: string; readonly port: number };
  readonly alsoListen: readonly string[];
  readonly level: LogLevel;
}

process.exitCode = await main(process.argv.slice(2));

async function main(argv: string[]): Promise<number> {
  try {
    const flags = parseFlags(argv);
    const stop = new AbortController();
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
    const log = createLog({ name: 'control-plane', level: flags.level });
    await using _plane = await startBuiltinControlPlane({ ...flags, clock: systemClock, log });
    await new Promise<void>((resolve) => {
      if (stop.signal.aborted) resolve();
      else stop.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    return 0;
  } catch (error) {
    console.error(`control-plane: ${describeError(error)}`);
    return 1;
  }
}

function parseFlags(argv: string[]): Flags {
  const { values } = parse(argv);
  if (!values.dir)
    throw new LongshoreError('invalid', '--dir is missing: name the folder for kubeconfig and keys');
  const alsoListen = values['also-listen'] ?? [];
  const bad = alsoListen.find((address) => isIP(address) === 0);
  if (bad) throw new LongshoreError('invalid', `--also-listen ${bad}: give an IP address`);
  const level = LOG_LEVELS.find((name) => name === values['log-level']);
  if (!level) throw new LongshoreError('invalid', `--log-level: choose among ${LOG_LEVELS.join(', ')}`);
  return {
    dir: values.dir,
    listen: parseListen(values.listen),
    alsoListen,
    level,
  };
}

function parse(argv: string[]) {
  try {
    return parseArgs({
      args: argv,
      options: {
        dir: { type: 'string' },
        listen: { type: 'string', default: '127.0.0.1:0' },
        'also-listen': { type: 'string', multiple: true },
        'log-level': { type: 'string', default: 'info' },
      },
    });
  } catch (error) {
    const usage = 'usage: main.ts --dir DIR [--listen HOST:PORT] [--also-listen IP]… [--log-level LEVEL]';
    throw new LongshoreError('invalid', `${describeError(error)}; ${usage}`, { cause: error });
  }
}

function parseListen(text: string): Flags['listen'] {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2] ?? '';
  const port = Number(match?.[3] ?? -1);
  if (isIP(host) === 0 || port < 0 || port > 65_535) {
    throw new LongshoreError('invalid', `--listen ${text}: expected IP:PORT, for example 127.0.0.1:6443`);
  }
  return { host, port };
}
