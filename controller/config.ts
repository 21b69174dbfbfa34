// The controller's configuration: command-line flags, with LONGSHORE_… environment variables beneath them, checked as a
// whole. All mistakes are reported at once; no side effects.
import { isIP } from 'node:net';
import { LongshoreError } from '../common/errors.ts';
import { LOG_LEVELS, type LogLevel } from '../common/log.ts';

export interface ListenAddress {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

export interface ControllerConfig {
  /** Undefined: in the cluster, or the default kubeconfig of the user. */
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  /** Where the controller keeps its own objects. */
  readonly namespace: string;
  readonly nodeName: string;
  /** The address the API server dials for logs; it goes into the node's status and the serving certificate. */
  readonly nodeAddress: string;
  readonly grpcListen: ListenAddress;
  readonly kubeletListen: ListenAddress;
  /** HOST:PORT where agents and the CLI reach the gRPC port. */
  readonly advertiseAddress: string;
  readonly mdns: boolean;
  readonly logLevel: LogLevel;
}

/** Flags as the command line gives them; absent ones undefined. */
export type ControllerFlags = Readonly<Record<string, string | boolean | undefined>>;

export const CONTROLLER_FLAGS: readonly (readonly [flag: string, description: string])[] = [
  [
    '--kubeconfig <file>',
    'how to reach the API server (default: in-cluster, else $KUBECONFIG, else ~/.kube/config)',
  ],
  ['--context <name>', 'context of the kubeconfig (default: its current one)'],
  ['--namespace <name>', 'where the controller keeps its own objects (default: longshore-system)'],
  ['--node-name <name>', 'name of the virtual node (default: longshore)'],
  ['--node-address <ip>', 'address at which the API server reaches this process (required)'],
  ['--grpc-listen <host:port>', 'for agents and the CLI (default: 0.0.0.0:7443)'],
  ['--kubelet-listen <host:port>', 'the kubelet API, for the API server (default: 0.0.0.0:10250)'],
  [
    '--advertise-address <host:port>',
    'where agents reach the gRPC port (default: the node address and that port)',
  ],
  ['--no-mdns', 'do not announce this controller on the local network'],
  ['--log-level <level>', 'trace, debug, info, warn, error or silent (default: info)'],
];

const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** Throws `invalid` naming every mistake. */
export function parseControllerConfig(
  flags: ControllerFlags,
  env: Readonly<Record<string, string | undefined>>,
): ControllerConfig {
  const mistakes: string[] = [];
  const text = (flag: string): string | undefined => {
    const value = flags[camelCase(flag)] ?? env[`LONGSHORE_${flag.toUpperCase().replaceAll('-', '_')}`];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const checked = <T>(flag: string, value: T | undefined, remedy: string): T | undefined => {
    if (value === undefined) mistakes.push(`--${flag} ${remedy}, not '${text(flag) ?? ''}'`);
    return value;
  };
  const matching = (flag: string, fallback: string, pattern: RegExp, maxLength: number, remedy: string) => {
    const value = text(flag) ?? fallback;
    return checked(flag, pattern.test(value) && value.length <= maxLength ? value : undefined, remedy);
  };
  const listen = (flag: string, fallback: string) =>
    checked(flag, parseListenAddress(text(flag) ?? fallback), 'must be HOST:PORT, such as 0.0.0.0:7443');

  const address = text('node-address');
  if (address === undefined)
    mistakes.push('--node-address is required: the IP at which the API server reaches this process');
  else if (isIP(address) === 0) mistakes.push(`--node-address must be an IP address, not '${address}'`);
  const namespace = matching('namespace', 'longshore-system', DNS_LABEL, 63, 'must be a DNS label');
  const nodeName = matching(
    'node-name',
    'longshore',
    DNS_SUBDOMAIN,
    253,
    'must be a DNS subdomain in lower case',
  );
  const grpcListen = listen('grpc-listen', '0.0.0.0:7443');
  const kubeletListen = listen('kubelet-listen', '0.0.0.0:10250');
  const advertised = text('advertise-address');
  if (advertised !== undefined && !parseListenAddress(advertised)?.port) {
    mistakes.push(`--advertise-address must be HOST:PORT, where agents reach it, not '${advertised}'`);
  }
  const level = LOG_LEVELS.find((name) => name === (text('log-level') ?? 'info'));
  checked('log-level', level, `must be one of ${LOG_LEVELS.join(', ')}`);

  if (mistakes.length > 0 || !address || !namespace || !nodeName || !grpcListen || !kubeletListen || !level) {
    throw new LongshoreError('invalid', mistakes.join('; '));
  }
  return Object.freeze({
    kubeconfig: text('kubeconfig'),
    context: text('context'),
    namespace,
    nodeName,
    nodeAddress: address,
    grpcListen,
    kubeletListen,
    advertiseAddress: advertised ?? `${isIP(address) === 6 ? `[${address}]` : address}:${grpcListen.port}`,
    mdns: flags['mdns'] !== false,
    logLevel: level,
  });
}

/** `host:port` or `[v6]:port`; undefined when malformed. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  const host = match?.[1] ?? match?.[2];
  return host !== undefined && port <= 65535 ? { host, port } : undefined;
}

function camelCase(flag: string): string {
  return flag.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
