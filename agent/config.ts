// The agent's configuration: flags, with LONGSHORE_… environment variables beneath them, checked as a whole. All
// mistakes are reported at once; the only side effect is reading the token file.
import { readFileSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { parseArgs } from 'node:util';
import { LongshoreError } from '../common/errors.ts';
import { type JoinToken, parseJoinToken } from '../common/join-token.ts';
import { LOG_LEVELS, type LogLevel } from '../common/log-level.ts';
import { isAgentName } from '../common/names.ts';
import { parseQuantity } from '../common/quantity.ts';
import { parseDevices } from './device-file.ts';
import type { DeviceInventory } from './pod/devices.ts';
import { sysctlNamespace } from './pod/sysctls.ts';

export interface AgentConfig {
  /** HOST:PORT; undefined: find one by mDNS. */
  readonly controller: string | undefined;
  /** Needed for the first start only; an agent that has joined does not look at it. */
  readonly token: JoinToken | undefined;
  /** Undefined: what the token says, else the hostname. */
  readonly name: string | undefined;
  readonly stateDir: string;
  readonly dockerSocket: string;
  /** The Docker network of pods; undefined: one of the agent's own. */
  readonly network: string | undefined;
  /** Overrides what the machine has, by resource name. */
  readonly capacity: Readonly<Record<string, string>>;
  /** Kept for the machine's owner, by resource name. */
  readonly reserve: Readonly<Record<string, string>>;
  /** Where the owner keeps seccomp profiles for pods. */
  readonly seccompDir: string;
  /** Shares of Docker's disk in percent: above `high` unused images go until `low` is reached. */
  readonly imageGarbage: { readonly high: number; readonly low: number };
  /** Names of sysctls, a `*` at the end stands for the rest. */
  readonly unsafeSysctls: readonly string[];
  /** Of a container; undefined: no limit. */
  readonly pidsLimit: number | undefined;
  /** Offered to pods as extended resources. */
  readonly devices: DeviceInventory;
  /** Where the machine's own /proc and /sys begin. */
  readonly hostRoot: string;
  readonly logLevel: LogLevel;
}

export type AgentCommand =
  | { readonly kind: 'run'; readonly config: AgentConfig }
  | { readonly kind: 'help' }
  | { readonly kind: 'version' };

export const AGENT_HELP = `Usage: longshore-agent [flags]

Runs Kubernetes pods on this machine with Docker, for a Longshore controller.

  --controller HOST:PORT   the controller (default: look for one on the local network)
  --token TOKEN            join token, for the first start; other users of the machine can see it
  --token-file FILE        the same, from a file
  --name NAME              wished-for agent name (default: this machine's hostname)
  --state-dir FOLDER       where the agent keeps its identity and pods (default: /var/lib/longshore-agent)
  --docker-socket PATH     Docker Engine's socket (default: /var/run/docker.sock)
  --network NAME           Docker network of pods: bridge, or one that 'docker network create' has made (default: one of
                           the agent's own, in the addresses that the controller gives it)
  --capacity LIST          what to offer instead of the whole machine, such as cpu=2,memory=4Gi
  --reserve LIST           what to keep for the machine's owner, such as cpu=500m,memory=1Gi
  --devices FILE           devices to offer to pods as extended resources, in JSON: see docs/devices.md
  --image-gc-high PERCENT  remove unused images that this agent pulled when Docker's disk is fuller (default: 85)
  --image-gc-low PERCENT   until it is no fuller than this (default: 80)
  --pids-limit NUMBER      how many processes a container may have (default: any number)
  --seccomp-dir FOLDER     seccomp profiles for pods that name one (default: seccomp in the state folder)
  --allowed-unsafe-sysctls LIST
                           sysctls that pods may set beside the safe ones, such as net.core.somaxconn,kernel.msg*
  --host-root FOLDER       where the machine's own /proc and /sys are (default: /)
  --log-level LEVEL        trace, debug, info, warn, error or silent (default: info)
  --version, --help

Every flag can also be given as an environment variable: LONGSHORE_CONTROLLER, LONGSHORE_TOKEN_FILE and so on.

Example:
  longshore-agent --controller 192.168.1.10:7443 --token-file /root/join-token
`;

const OPTIONS = {
  controller: { type: 'string' },
  token: { type: 'string' },
  'token-file': { type: 'string' },
  name: { type: 'string' },
  'state-dir': { type: 'string' },
  'docker-socket': { type: 'string' },
  network: { type: 'string' },
  capacity: { type: 'string' },
  reserve: { type: 'string' },
  devices: { type: 'string' },
  'image-gc-high': { type: 'string' },
  'image-gc-low': { type: 'string' },
  'pids-limit': { type: 'string' },
  'seccomp-dir': { type: 'string' },
  'allowed-unsafe-sysctls': { type: 'string' },
  'host-root': { type: 'string' },
  'log-level': { type: 'string' },
  version: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

type TextFlag = Exclude<keyof typeof OPTIONS, 'version' | 'help'>;

const HOST_PORT = /^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9._-]+):\d{1,5}$/;
const MAX_TOKEN_FILE_BYTES = 4096;
const NETWORK = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;
/** In these a pod would have no address of its own. */
const NO_POD_NETWORKS: readonly string[] = ['host', 'none', 'default'];

/** Throws `invalid` naming every mistake. */
export function parseAgentCommand(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): AgentCommand {
  const flags = readFlags(argv);
  if (flags.help) return { kind: 'help' };
  if (flags.version) return { kind: 'version' };
  const text = (flag: TextFlag): string | undefined =>
    flags[flag] || env[`LONGSHORE_${flag.toUpperCase().replaceAll('-', '_')}`] || undefined;
  const mistakes: string[] = [];
  const attempt = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      mistakes.push(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  };

  const controller = text('controller');
  if (controller !== undefined && !HOST_PORT.test(controller)) {
    mistakes.push(`--controller must be HOST:PORT, such as 192.168.1.10:7443, not '${controller}'`);
  }
  const name = text('name');
  if (name !== undefined && !isAgentName(name)) {
    mistakes.push(`--name must be lower-case letters, digits and '-', at most 63, not '${name}'`);
  }
  const network = text('network');
  if (network !== undefined && (!NETWORK.test(network) || NO_POD_NETWORKS.includes(network))) {
    mistakes.push(
      `--network must be bridge or the name of a network made with docker network create, not '${network}'`,
    );
  }
  const token = attempt(() => readToken(text('token'), text('token-file')));
  const capacity = attempt(() => parseResourceList('--capacity', text('capacity')));
  const reserve = attempt(() => parseResourceList('--reserve', text('reserve')));
  const imageGarbage = { high: Number(text('image-gc-high') ?? 85), low: Number(text('image-gc-low') ?? 80) };
  const { high, low } = imageGarbage;
  if (!(Number.isInteger(high) && Number.isInteger(low) && 0 <= low && low <= high && high <= 100)) {
    mistakes.push(
      `--image-gc-high and --image-gc-low must be whole percents, the high one no less than the low one, not '${text('image-gc-high') ?? high}' and '${text('image-gc-low') ?? low}'`,
    );
  }
  const devices = attempt(() => readDevices(text('devices')));
  const unsafeSysctls = attempt(() => parseSysctls(text('allowed-unsafe-sysctls') ?? ''));
  const pidsLimit = text('pids-limit');
  if (pidsLimit !== undefined && !/^[1-9]\d{0,8}$/.test(pidsLimit)) {
    mistakes.push(`--pids-limit must be a whole number above 0, not '${pidsLimit}'`);
  }
  const hostRoot = text('host-root') ?? '/';
  if (!isAbsolute(hostRoot)) mistakes.push(`--host-root must be an absolute path, not '${hostRoot}'`);
  const logLevel = LOG_LEVELS.find((level) => level === (text('log-level') ?? 'info'));
  if (!logLevel)
    mistakes.push(`--log-level must be one of ${LOG_LEVELS.join(', ')}, not '${text('log-level')}'`);

  if (mistakes.length > 0 || !capacity || !reserve || !unsafeSysctls || !devices || !logLevel) {
    throw new LongshoreError('invalid', mistakes.join('; '));
  }
  const stateDir = text('state-dir') ?? '/var/lib/longshore-agent';
  const config: AgentConfig = {
    controller,
    token,
    name,
    stateDir,
    dockerSocket: text('docker-socket') ?? '/var/run/docker.sock',
    network,
    capacity: { ...deviceCounts(devices), ...capacity },
    reserve,
    devices,
    imageGarbage,
    seccompDir: text('seccomp-dir') ?? join(stateDir, 'seccomp'),
    unsafeSysctls,
    pidsLimit: pidsLimit === undefined ? undefined : Number(pidsLimit),
    hostRoot,
    logLevel,
  };
  return { kind: 'run', config: Object.freeze(config) };
}

function readFlags(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new LongshoreError(
      'invalid',
      `${(error as Error).message.split('. ')[0]}; see longshore-agent --help`,
    );
  }
}

/** A token file that is gone is no mistake: an agent that has joined needs none. */
function readToken(token: string | undefined, file: string | undefined): JoinToken | undefined {
  if (token !== undefined && file !== undefined) throw new Error('give --token or --token-file, not both');
  if (token !== undefined) return parseJoinToken(token);
  if (file === undefined) return undefined;
  const size = statSync(file, { throwIfNoEntry: false })?.size;
  if (size === undefined) return undefined;
  if (size > MAX_TOKEN_FILE_BYTES) throw new Error(`${file} is no join token: it has ${size} bytes`);
  return parseJoinToken(readFileSync(file, 'utf8'));
}

const MAX_DEVICE_FILE_BYTES = 1 << 20;

function readDevices(file: string | undefined): DeviceInventory {
  if (file === undefined) return new Map();
  try {
    if (statSync(file).size > MAX_DEVICE_FILE_BYTES) throw new Error('it is too large');
    return parseDevices(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`--devices ${file}: ${(error as Error).message}`);
  }
}

function deviceCounts(devices: DeviceInventory): Record<string, string> {
  return Object.fromEntries([...devices].map(([resource, { length }]) => [resource, String(length)]));
}

function parseSysctls(text: string): readonly string[] {
  const names = text === '' ? [] : text.split(',').map((name) => name.trim());
  const strange = names.find(
    (name) => !/^[a-z0-9_./-]+\*?$/.test(name) || sysctlNamespace(name) === undefined,
  );
  if (strange === undefined) return names;
  throw new Error(
    `--allowed-unsafe-sysctls takes sysctls that a container has of its own (net.*, kernel.shm*, kernel.msg*, kernel.sem, fs.mqueue.*), not '${strange}'`,
  );
}

function parseResourceList(flag: string, text: string | undefined): Record<string, string> {
  const list: Record<string, string> = {};
  for (const pair of text?.split(',') ?? []) {
    const [name = '', quantity = '', ...rest] = pair.split('=').map((part) => part.trim());
    const amount = parseQuantity(quantity);
    if (!name || rest.length > 0 || amount === undefined || amount < 0n) {
      throw new Error(`${flag} must look like cpu=2,memory=4Gi, not '${text}'`);
    }
    list[name] = quantity;
  }
  return list;
}
