// The controller's configuration: command-line flags, with LONGSHORE_… environment variables beneath them, checked as a
// whole. All mistakes are reported at once; no side effects.
import { isIP } from 'node:net';
import { type ClusterDns, DEFAULT_CLUSTER_DOMAIN, MAX_NAMESERVERS } from '../common/cluster-dns.ts';
import { LongshoreError } from '../common/errors.ts';
import { LOG_LEVELS, type LogLevel } from '../common/log-level.ts';
import { parseNodeLabels, parsePresenceKeys } from './label-flags.ts';
import type { PresenceKey } from './model/placement/presence-labels.ts';
import { type PodRange, parsePodRange } from './model/pod-cidrs.ts';

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
  /** The Pod this process runs in, for the leader's label; undefined outside a cluster. */
  readonly pod: { readonly namespace: string; readonly name: string } | undefined;
  /** One node for the fleet, or one for each agent. */
  readonly nodes: 'one' | 'per-agent';
  /** Of the one node; of agents' nodes what their names begin with. */
  readonly nodeName: string;
  /** The virtual node's own, beside the usual ones. */
  readonly nodeLabels: Readonly<Record<string, string>>;
  /** What of agents' labels the node shows. */
  readonly presenceKeys: readonly PresenceKey[];
  /** What the API server dials for logs; it goes into the node's status and the serving certificate. */
  readonly nodeAddress: NodeAddress;
  readonly grpcListen: ListenAddress;
  readonly kubeletListen: ListenAddress;
  /** Acts as the node by a certificate of the node's own; false: in the controller's own name. */
  readonly nodeCredential: boolean;
  readonly kubeletCertificate: KubeletCertificateSource;
  /** Plain HTTP for probes; undefined: none. */
  readonly healthListen: ListenAddress | undefined;
  /** HOST:PORT where agents and the CLI reach the gRPC port. */
  readonly advertiseAddress: string;
  /** Where pods reach the API server; undefined: at the cluster IP of its Service. */
  readonly podApiServer: ListenAddress | undefined;
  readonly mdns: boolean;
  /** Told to agents. */
  readonly clusterDns: ClusterDns;
  /** Of which agents get their pods' addresses; undefined: they get none. */
  readonly podRange: PodRange | undefined;
  /** Of agents that do not say: the cluster reaches their pods at their addresses. */
  readonly podsRoutable: boolean;
  readonly logLevel: LogLevel;
}

export type NodeAddress =
  | { readonly kind: 'ip'; readonly ip: string }
  /** Of this Service in the controller's namespace: its ClusterIPs and its port. */
  | { readonly kind: 'service'; readonly name: string };

export type KubeletCertificateSource =
  /** Signed by the controller's own CA. */
  | { readonly kind: 'own' }
  | { readonly kind: 'files'; readonly certFile: string; readonly keyFile: string }
  /** Signed by the cluster's signer for kubelets; `approve`: we approve our own requests. */
  | { readonly kind: 'cluster'; readonly approve: boolean };

/** Seldom used elsewhere, with room for 4,096 agents of 253 pods. */
const DEFAULT_POD_RANGE = '10.208.0.0/12';

/** Flags as the command line gives them; absent ones undefined. */
export type ControllerFlags = Readonly<Record<string, string | boolean | undefined>>;

export const CONTROLLER_FLAGS: readonly (readonly [flag: string, description: string])[] = [
  [
    '--kubeconfig <file>',
    'how to reach the API server (default: in-cluster, else $KUBECONFIG, else ~/.kube/config)',
  ],
  ['--context <name>', 'context of the kubeconfig (default: its current one)'],
  [
    '--namespace <name>',
    'where the controller keeps its own objects (default: $POD_NAMESPACE, else longshore-system)',
  ],
  [
    '--nodes <one|per-agent>',
    'one node for all agents, among which the controller places, or a node for each, so that the scheduler does (default: one)',
  ],
  ['--node-name <name>', 'name of the virtual node; nodes of agents are NAME-AGENT (default: longshore)'],
  [
    '--node-labels <labels>',
    'labels of the virtual node, KEY=VALUE with commas between, such as topology.kubernetes.io/zone=home',
  ],
  [
    '--presence-labels <keys>',
    "keys of agents' labels whose values the node shows as NAME.label.longshore.dev/VALUE: NAME or NAME=KEY, with commas between (always: arch, zone, region)",
  ],
  ['--node-address <ip>', 'address at which the API server reaches the leader (this or --kubelet-service)'],
  [
    '--kubelet-service <name>',
    'the Service of that namespace through which the API server reaches the leader',
  ],
  ['--grpc-listen <host:port>', 'for agents and the CLI (default: 0.0.0.0:7443)'],
  [
    '--kubelet-listen <host:port>',
    'the kubelet API, for the API server; nodes of agents listen there and on the ports above (default: 0.0.0.0:10250)',
  ],
  ['--node-credential', "act as the node by a certificate of the node's own, which the cluster signs"],
  [
    '--kubelet-certificate <own|cluster>',
    "who signs the kubelet port's: our own CA or the cluster's signer for kubelets (default: own)",
  ],
  ['--approve-kubelet-certificate', 'approve our own requests to that signer, where RBAC allows it'],
  ['--kubelet-cert-file <file>', 'the kubelet port’s certificate from a file, with --kubelet-key-file'],
  ['--kubelet-key-file <file>', 'its key; both are read again when they change'],
  ['--health-listen <host:port>', 'plain HTTP for probes: /livez and /readyz (default: none)'],
  [
    '--advertise-address <host:port>',
    'where agents reach the gRPC port (default: the node address and that port)',
  ],
  [
    '--pod-api-server <host:port>',
    'where pods reach the API server: their KUBERNETES_SERVICE_HOST and _PORT (default: the cluster IP)',
  ],
  [
    '--cluster-dns <ips>',
    "the cluster's DNS, where agents can reach it: up to 3 IPs with commas between (default: none, pods then ask whom their machine asks)",
  ],
  ['--cluster-domain <domain>', "domain of the cluster's DNS (default: cluster.local)"],
  [
    '--pod-cidr <range>',
    `addresses of pods: each agent gets a part and makes a Docker network of it, RANGE or RANGE:PREFIX of each part (default: ${DEFAULT_POD_RANGE}:24); none: they use Docker's own network`,
  ],
  [
    '--pods-routable',
    'the cluster reaches pods at their addresses, on agents that do not say otherwise (spec.podsRoutable): they are shown in statuses and endpoints',
  ],
  ['--no-mdns', 'do not announce this controller on the local network'],
  ['--log-level <level>', 'trace, debug, info, warn, error or silent (default: info)'],
];

const NODES = ['one', 'per-agent'] as const;
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
  const isSet = (flag: string) => flags[camelCase(flag)] === true || text(flag) === 'true';
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

  const nodeAddress = parseNodeAddress(
    { ip: text('node-address'), service: text('kubelet-service') },
    mistakes,
  );
  const podNamespace = env['POD_NAMESPACE'];
  const namespace = matching(
    'namespace',
    podNamespace || 'longshore-system',
    DNS_LABEL,
    63,
    'must be a DNS label',
  );
  const nodes = NODES.find((choice) => choice === (text('nodes') ?? 'one'));
  checked('nodes', nodes, `must be ${NODES.join(' or ')}`);
  if (nodes === 'per-agent') {
    if (isSet('node-credential'))
      mistakes.push('--node-credential is the identity of one node: leave it out with --nodes per-agent');
    if (text('kubelet-service') !== undefined)
      mistakes.push(
        'a Service has one kubelet port, and with --nodes per-agent each node has its own: give --node-address instead of --kubelet-service',
      );
  }
  const nodeName = matching(
    'node-name',
    'longshore',
    DNS_SUBDOMAIN,
    253,
    'must be a DNS subdomain in lower case',
  );
  const nodeLabels = checked(
    'node-labels',
    parseNodeLabels(text('node-labels')),
    'must be KEY=VALUE with commas between, each key once and none of the presence labels',
  );
  const presenceKeys = checked(
    'presence-labels',
    parsePresenceKeys(text('presence-labels')),
    'must be NAME or NAME=KEY with commas between, such as disk,gpu=example.com/gpu-model; each NAME a DNS label and given once',
  );
  const grpcListen = listen('grpc-listen', '0.0.0.0:7443');
  const kubeletListen = listen('kubelet-listen', '0.0.0.0:10250');
  const kubeletCertificate = parseKubeletCertificate(
    {
      signer: text('kubelet-certificate'),
      certFile: text('kubelet-cert-file'),
      keyFile: text('kubelet-key-file'),
      approve: isSet('approve-kubelet-certificate'),
    },
    mistakes,
  );
  const healthListen = text('health-listen') === undefined ? undefined : listen('health-listen', '');
  const advertised = text('advertise-address');
  if (advertised === undefined && nodeAddress?.kind === 'service') {
    mistakes.push('--advertise-address is required with --kubelet-service: where agents reach the gRPC port');
  }
  if (advertised !== undefined && !parseListenAddress(advertised)?.port) {
    mistakes.push(`--advertise-address must be HOST:PORT, where agents reach it, not '${advertised}'`);
  }
  const apiServer = text('pod-api-server');
  const podApiServer = parseListenAddress(apiServer ?? '');
  if (apiServer !== undefined && !podApiServer?.port) {
    mistakes.push(`--pod-api-server must be HOST:PORT, where pods reach the API server, not '${apiServer}'`);
  }
  const nameservers = checked(
    'cluster-dns',
    parseNameservers(text('cluster-dns')),
    `must be 1 to ${MAX_NAMESERVERS} IP addresses with commas between, such as 10.96.0.10`,
  );
  const domain = matching(
    'cluster-domain',
    DEFAULT_CLUSTER_DOMAIN,
    DNS_SUBDOMAIN,
    253,
    'must be a DNS subdomain in lower case',
  );
  const podCidr = text('pod-cidr') ?? DEFAULT_POD_RANGE;
  const podRange = podCidr === 'none' ? undefined : parsePodRange(podCidr);
  if (podCidr !== 'none' && !podRange) {
    mistakes.push(
      `--pod-cidr must be none or an IPv4 range, such as ${DEFAULT_POD_RANGE} or ${DEFAULT_POD_RANGE}:25, not '${podCidr}'`,
    );
  }
  const level = LOG_LEVELS.find((name) => name === (text('log-level') ?? 'info'));
  checked('log-level', level, `must be one of ${LOG_LEVELS.join(', ')}`);

  if (
    mistakes.length > 0 ||
    !nodeAddress ||
    !namespace ||
    !nodes ||
    !nodeName ||
    !nodeLabels ||
    !presenceKeys ||
    !grpcListen ||
    !kubeletListen ||
    !nameservers ||
    !domain ||
    !level
  ) {
    throw new LongshoreError('invalid', mistakes.join('; '));
  }
  const podName = env['POD_NAME'];
  return Object.freeze({
    kubeconfig: text('kubeconfig'),
    context: text('context'),
    namespace,
    pod: podName && podNamespace ? { namespace: podNamespace, name: podName } : undefined,
    nodes,
    nodeName,
    nodeLabels,
    presenceKeys,
    nodeAddress,
    grpcListen,
    kubeletListen,
    nodeCredential: isSet('node-credential'),
    kubeletCertificate,
    healthListen,
    advertiseAddress: advertised ?? `${hostText(nodeAddress)}:${grpcListen.port}`,
    podApiServer,
    mdns: flags['mdns'] !== false,
    clusterDns: { nameservers, domain },
    podRange,
    podsRoutable: isSet('pods-routable'),
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

/** Undefined when malformed. */
function parseNameservers(text = ''): readonly string[] | undefined {
  const addresses = text === '' ? [] : text.split(',').map((address) => address.trim());
  const well = addresses.length <= MAX_NAMESERVERS && addresses.every((address) => isIP(address) !== 0);
  return well ? addresses : undefined;
}

function parseNodeAddress(
  { ip, service }: { readonly ip: string | undefined; readonly service: string | undefined },
  mistakes: string[],
): NodeAddress | undefined {
  if (ip !== undefined && isIP(ip) === 0) mistakes.push(`--node-address must be an IP address, not '${ip}'`);
  if (service !== undefined && !DNS_LABEL.test(service))
    mistakes.push(`--kubelet-service must be a DNS label, not '${service}'`);
  if (ip !== undefined && service === undefined) return { kind: 'ip', ip };
  if (service !== undefined && ip === undefined) return { kind: 'service', name: service };
  mistakes.push('give --node-address or --kubelet-service: how the API server reaches the leader');
  return undefined;
}

interface CertificateFlags {
  readonly signer: string | undefined;
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
  readonly approve: boolean;
}

function parseKubeletCertificate(
  { signer, certFile, keyFile, approve }: CertificateFlags,
  mistakes: string[],
): KubeletCertificateSource {
  if ((certFile === undefined) !== (keyFile === undefined))
    mistakes.push('--kubelet-cert-file and --kubelet-key-file go together');
  if (certFile !== undefined && signer !== undefined)
    mistakes.push('--kubelet-certificate and --kubelet-cert-file exclude each other');
  if (certFile !== undefined && keyFile !== undefined) return { kind: 'files', certFile, keyFile };
  if (signer === 'cluster') return { kind: 'cluster', approve };
  if (approve) mistakes.push('--approve-kubelet-certificate goes with --kubelet-certificate cluster');
  if (signer !== undefined && signer !== 'own')
    mistakes.push(`--kubelet-certificate must be own or cluster, not '${signer}'`);
  return { kind: 'own' };
}

function hostText(address: NodeAddress): string {
  if (address.kind === 'service') return address.name;
  return isIP(address.ip) === 6 ? `[${address.ip}]` : address.ip;
}

function camelCase(flag: string): string {
  return flag.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
