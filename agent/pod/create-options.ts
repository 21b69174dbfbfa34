// What Docker is asked to make: a pod's sandbox and its containers. Pure data; the golden tests show it whole.
import type { ContainerCreateOptions } from 'dockerode';
import type { Pod } from '../../common/pod.ts';
import { containerCommand } from './container-env.ts';
import { containerHash } from './container-hash.ts';
import { type ContainerIdentity, containerLabels } from './labels.ts';
import { containerName, SANDBOX } from './names.ts';
import { type PodContainer, podMembers } from './pod-containers.ts';
import { containerLimits, type LimitsScale } from './pod-resources.ts';
import { securityOptions } from './security-options.ts';
import type { BindMount } from './volume-mounts.ts';

const SHM_BYTES = 64 * 1024 * 1024;
const LOGS = { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '5' } };
const SANDBOX_OOM_SCORE = -998;
const MAX_HOSTNAME = 63;
const DEFAULT_MESSAGE_PATH = '/dev/termination-log';

const COMMON = {
  AutoRemove: false,
  RestartPolicy: { Name: 'no' },
  LogConfig: LOGS,
  ShmSize: SHM_BYTES,
} as const;

export interface CreateRequest {
  readonly name: string;
  readonly identity: ContainerIdentity;
  readonly options: ContainerCreateOptions;
}

export interface SandboxRequest {
  readonly pod: Pod;
  readonly agentUid: string;
  readonly attempt: number;
  readonly image: string;
  /** The Docker network of pods. */
  readonly network: string;
  readonly oomScoreFloor: number;
}

/** The pause container: it holds the pod's network, IPC namespace, hostname and published ports. */
export function sandboxRequest(request: SandboxRequest): CreateRequest {
  const { pod, image, network } = request;
  const { spec } = pod;
  const identity = identityOf(request, { container: SANDBOX, hash: '', sandboxId: '', restartDelayMs: 0 });
  const { ExposedPorts, PortBindings } = publishedPorts(pod);
  return {
    name: containerName({ ...namesOf(pod), container: SANDBOX, attempt: request.attempt }),
    identity,
    options: {
      Image: image,
      ...(spec.hostNetwork ? {} : { Hostname: hostname(pod), ExposedPorts }),
      Labels: containerLabels(pod, identity),
      HostConfig: {
        ...COMMON,
        RestartPolicy: { ...COMMON.RestartPolicy },
        NetworkMode: spec.hostNetwork ? 'host' : network,
        IpcMode: spec.hostIPC ? 'host' : 'shareable',
        ...(spec.hostPID ? { PidMode: 'host' } : {}),
        ...(spec.hostNetwork ? {} : { PortBindings }),
        ...dns(pod),
        ...(spec.hostAliases?.length ? { ExtraHosts: extraHosts(pod) } : {}),
        CpuShares: 2,
        OomScoreAdj: Math.max(request.oomScoreFloor, SANDBOX_OOM_SCORE),
      },
    },
  };
}

export interface ContainerRequest {
  readonly pod: Pod;
  readonly container: PodContainer;
  readonly agentUid: string;
  readonly attempt: number;
  readonly restartDelayMs: number;
  /** Docker's id of the image, so that what was checked is what runs. */
  readonly imageId: string;
  readonly sandboxId: string;
  /** Docker's id of the container whose processes it is to see. */
  readonly targetId?: string;
  readonly env: ReadonlyMap<string, string>;
  /** Of the pod's volumes. */
  readonly mounts: readonly BindMount[];
  /** On this machine: what the container may write its termination message into. */
  readonly messageFile: string | undefined;
  readonly scale: LimitsScale;
}

export function containerRequest(request: ContainerRequest): CreateRequest {
  const { pod, container, env, sandboxId, restartDelayMs } = request;
  const identity = identityOf(request, {
    container: container.name,
    hash: containerHash(container),
    sandboxId,
    restartDelayMs,
  });
  const { User, ...hostSecurity } = securityOptions(pod, container);
  const inside = `container:${sandboxId}`;
  return {
    name: containerName({ ...namesOf(pod), container: container.name, attempt: request.attempt }),
    identity,
    options: {
      Image: request.imageId,
      ...containerCommand(container, env),
      ...(container.workingDir ? { WorkingDir: container.workingDir } : {}),
      ...(User === undefined ? {} : { User }),
      Env: [...env].map(([name, value]) => `${name}=${value}`),
      OpenStdin: container.stdin ?? false,
      StdinOnce: container.stdinOnce ?? false,
      Tty: container.tty ?? false,
      Healthcheck: { Test: ['NONE'] },
      Labels: containerLabels(pod, identity),
      HostConfig: {
        ...COMMON,
        RestartPolicy: { ...COMMON.RestartPolicy },
        NetworkMode: inside,
        IpcMode: inside,
        Mounts: [...request.mounts, ...messageMount(container, request.messageFile)],
        ...pidMode(pod, request.targetId ?? (pod.spec.shareProcessNamespace ? sandboxId : undefined)),
        ...(pod.spec.hostNetwork ? { UTSMode: 'host' } : {}),
        ...hostSecurity,
        ...containerLimits(pod, container, request.scale),
      },
    },
  };
}

function namesOf({ metadata }: Pod) {
  return { pod: metadata.name, namespace: metadata.namespace, uid: metadata.uid };
}

function identityOf(
  { pod, agentUid, attempt }: { readonly pod: Pod; readonly agentUid: string; readonly attempt: number },
  own: Pick<ContainerIdentity, 'container' | 'hash' | 'sandboxId' | 'restartDelayMs'>,
): ContainerIdentity {
  const { name, namespace, uid } = pod.metadata;
  return { agentUid, podUid: uid, podName: name, podNamespace: namespace, attempt, ...own };
}

function messageMount({ terminationMessagePath }: PodContainer, file: string | undefined) {
  if (file === undefined) return [];
  const Target = terminationMessagePath || DEFAULT_MESSAGE_PATH;
  return [{ Type: 'bind' as const, Source: file, Target }];
}

/** `beside`: the container whose process namespace it joins; undefined: one of its own. */
function pidMode({ spec }: Pod, beside: string | undefined): { PidMode?: string } {
  if (spec.hostPID) return { PidMode: 'host' };
  return beside === undefined ? {} : { PidMode: `container:${beside}` };
}

function hostname(pod: Pod): string {
  const name = pod.spec.hostname || pod.metadata.name;
  return name.slice(0, MAX_HOSTNAME).replace(/[-.]+$/, '');
}

/** Every container's ports; those with a hostPort are published on the machine. */
function publishedPorts(pod: Pod) {
  const ports = podMembers(pod).flatMap(({ spec }) => spec.ports ?? []);
  const key = (port: (typeof ports)[number]) =>
    `${port.containerPort}/${(port.protocol ?? 'TCP').toLowerCase()}`;
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const port of ports.filter(({ hostPort }) => hostPort)) {
    bindings[key(port)] ??= [];
    bindings[key(port)]?.push({ HostIp: port.hostIP ?? '', HostPort: String(port.hostPort) });
  }
  return {
    ExposedPorts: Object.fromEntries(ports.map((port) => [key(port), {}])),
    PortBindings: bindings,
  };
}

/** Only `dnsPolicy: None` says what Docker can be told; the other policies use the machine's own resolver. */
function dns({ spec }: Pod) {
  if (spec.dnsPolicy !== 'None') return {};
  const { nameservers, searches, options } = spec.dnsConfig ?? {};
  return {
    Dns: nameservers ?? [],
    DnsSearch: searches ?? [],
    DnsOptions: (options ?? []).map(({ name, value }) => (value ? `${name}:${value}` : `${name}`)),
  };
}

function extraHosts({ spec }: Pod): string[] {
  return (spec.hostAliases ?? []).flatMap(({ ip, hostnames }) =>
    (hostnames ?? []).map((name) => `${name}:${ip}`),
  );
}
