// Entry of the process that runs a real control plane: flags in, four programs supervised until SIGTERM or SIGINT. When
// one of them ends by itself, so does this process, and says which and why.
import { isIP } from 'node:net';
import { parseArgs } from 'node:util';
import { systemClock } from '../../common/clock.ts';
import { describeError, isAbort, LongshoreError } from '../../common/errors.ts';
import { createLog } from '../../common/log.ts';
import { binaryFolders, findBinaries, noBinaries } from './binaries.ts';
import { startRealControlPlane } from './control-plane.ts';
import type { ProgramName } from './programs.ts';

const PROGRAMS: readonly ProgramName[] = [
  'etcd',
  'kube-apiserver',
  'kube-scheduler',
  'kube-controller-manager',
];
const USAGE =
  'usage: main.ts --dir DIR [--listen IP:PORT] [--also-listen IP]… [--flag PROGRAM:--NAME=VALUE]…';

process.exitCode = await main(process.argv.slice(2));

async function main(argv: string[]): Promise<number> {
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
  try {
    const flags = parseFlags(argv);
    const binaries = findBinaries(binaryFolders(process.env));
    if (!binaries) throw noBinaries(process.env);
    const log = createLog({ name: 'control-plane' });
    const { signal } = stop;
    await using plane = await startRealControlPlane({ ...flags, binaries, clock: systemClock, log, signal });
    await Promise.race([plane.died, aborted(signal)]);
    return 0;
  } catch (error) {
    if (stop.signal.aborted && isAbort(error)) return 0;
    console.error(`error: control-plane: ${describeError(error)}`);
    return 1;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function parseFlags(argv: string[]) {
  const values = parse(argv);
  if (!values.dir)
    throw new LongshoreError('invalid', '--dir is missing: name the folder for kubeconfig, keys and data');
  return {
    dir: values.dir,
    listen: parseListen(values.listen),
    alsoListen: parseAddresses(values['also-listen'] ?? []),
    extraFlags: Object.fromEntries(PROGRAMS.map((name) => [name, flagsOf(name, values.flag ?? [])])),
  };
}

function parse(argv: string[]) {
  try {
    const { values } = parseArgs({
      args: argv,
      options: {
        dir: { type: 'string' },
        listen: { type: 'string', default: '127.0.0.1:0' },
        'also-listen': { type: 'string', multiple: true },
        flag: { type: 'string', multiple: true },
      },
    });
    const stray = values.flag?.find((flag) => !PROGRAMS.some((name) => flag.startsWith(`${name}:--`)));
    if (stray) throw new Error(`--flag ${stray}: give it as PROGRAM:--NAME=VALUE, of ${PROGRAMS.join(', ')}`);
    return values;
  } catch (error) {
    throw new LongshoreError('invalid', `${describeError(error)}; ${USAGE}`, { cause: error });
  }
}

function flagsOf(program: ProgramName, flags: readonly string[]): string[] {
  return flags.filter((flag) => flag.startsWith(`${program}:`)).map((flag) => flag.slice(program.length + 1));
}

function parseAddresses(addresses: readonly string[]): readonly string[] {
  const bad = addresses.find((address) => isIP(address) === 0);
  if (bad) throw new LongshoreError('invalid', `--also-listen ${bad}: give an IP address`);
  return addresses;
}

function parseListen(text: string): { host: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2] ?? '';
  const port = Number(match?.[3] ?? -1);
  if (isIP(host) === 0 || port < 0 || port > 65_535)
    throw new LongshoreError('invalid', `--listen ${text}: expected IP:PORT, for example 127.0.0.1:6443`);
  return { host, port };
}
