// What Docker is asked to make: a pod's sandbox and its containers. Pure data; the golden tests show it whole.
import { resolve } from 'node:path/posix';
import type { ContainerCreateOptions } from 'dockerode';
import type { Pod } from '../../common/pod.ts';
import { containerCommand } from './container-env.ts';
import { containerHash } from './container-hash.ts';
import type { DeviceFile, DeviceRequest } from './devices.ts';
import { type ContainerIdentity, containerLabels } from './labels.ts';
import { containerName, SANDBOX } from './names.ts';
import { type PodContainer, podMembers } from './pod-containers.ts';
import { containerLimits, type LimitsScale } from './pod-resources.ts';
import { type SecurityFacts, securityOptions } from './security-options.ts';
import { podSysctls } from './sysctls.ts';
import type { BindMount } from './volume-mounts.ts';

const SHM_BYTES = 64 * 1024 * 1024;
const LOGS = { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '5' } };
const SANDBOX_OOM_SCORE = -998;
const DEFAULT_MESSAGE_PATH = '/dev/termination-log';

const COMMON = {
  AutoRemove: false,
  RestartPolicy: { Name: 'no' },
  LogConfig: LOGS,
  ShmSize: SHM_BYTES,
} as const;
/** The machine's own shared memory is as large as it is. */
const { ShmSize: _, ...ON_HOST_IPC } = COMMON;

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
  /** As the pod's processes see it. */
  readonly hostname: string;
  /** The Docker network of pods. */
  readonly network: string;
  readonly oomScoreFloor: number;
  /** Undefined: the engine's own choice. */
  readonly runtime: string | undefined;
}

/** The pause container: it holds the pod's network, IPC namespace, hostname and published ports. */
export function sandboxRequest(request: SandboxRequest): CreateRequest {
  const { pod, image, network, hostname } = request;
  const { spec } = pod;
  const sysctls = podSysctls(pod);
  const identity = identityOf(request, { container: SANDBOX, hash: '', sandboxId: '', restartDelayMs: 0 });
  const { ExposedPorts, PortBindings } = publishedPorts(pod);
  return {
    name: containerName({ ...namesOf(pod), container: SANDBOX, attempt: request.attempt }),
    identity,
    options: {
      Image: image,
      ...(spec.hostNetwork ? {} : { Hostname: hostname, ExposedPorts }),
      Labels: containerLabels(pod, identity),
      HostConfig: {
        ...(spec.hostIPC ? ON_HOST_IPC : COMMON),
        RestartPolicy: { ...COMMON.RestartPolicy },
        NetworkMode: spec.hostNetwork ? 'host' : network,
        IpcMode: spec.hostIPC ? 'host' : 'shareable',
        ...(spec.hostPID ? { PidMode: 'host' } : {}),
        ...(isPrivileged(pod) ? { Privileged: true } : {}),
        ...(spec.hostNetwork ? {} : { PortBindings }),
        ...(Object.keys(sysctls).length > 0 ? { Sysctls: sysctls } : {}),
        ...runtimeOf(request),
        CpuShares: 2,
        OomScoreAdj: Math.max(request.oomScoreFloor, SANDBOX_OOM_SCORE),
      },
    },
  };
}

/**
 * Whether the sandbox has to be: who mounts the /sys of a network namespace first decides for all who join whether it can be
 * written to.
 */
function isPrivileged(pod: Pod): boolean {
  return podMembers(pod).some(({ spec }) => spec.securityContext?.privileged === true);
}

export interface ContainerRequest {
  readonly pod: Pod;
  readonly container: PodContainer;
  readonly agentUid: string;
  readonly attempt: number;
  readonly restartDelayMs: number;
  /** Undefined: the first. */
  readonly round?: number;
  /** Docker's id of the image, so that what was checked is what runs. */
  readonly imageId: string;
  readonly sandboxId: string;
  /** Docker's id of the container whose processes it is to see. */
  readonly targetId?: string;
  readonly env: ReadonlyMap<string, string>;
  /** Of the pod's volumes. */
  readonly mounts: readonly BindMount[];
  /** Files of this machine that it sees; undefined when Docker sees none of them. */
  readonly files: ContainerFiles | undefined;
  readonly security: SecurityFacts;
  readonly devices: { readonly Devices?: DeviceFile[]; readonly DeviceRequests?: DeviceRequest[] };
  readonly scale: LimitsScale;
  /** Undefined: the engine's own choice. */
  readonly runtime: string | undefined;
}

export interface ContainerFiles {
  /** What the container may write its termination message into. */
  readonly message: string;
  readonly hosts: string;
  readonly resolvConf: string;
}

export function containerRequest(request: ContainerRequest): CreateRequest {
  const { pod, container, env, sandboxId, restartDelayMs, round } = request;
  const identity = identityOf(request, {
    container: container.name,
    hash: containerHash(container),
    sandboxId,
    restartDelayMs,
    round,
  });
  const { User, ...hostSecurity } = securityOptions(pod, container, request.security);
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
      ...(container.lifecycle?.stopSignal ? { StopSignal: container.lifecycle.stopSignal } : {}),
      Healthcheck: { Test: ['NONE'] },
      Labels: containerLabels(pod, identity),
      HostConfig: {
        ...COMMON,
        RestartPolicy: { ...COMMON.RestartPolicy },
        NetworkMode: inside,
        IpcMode: inside,
        Mounts: [...request.mounts, ...fileMounts(request)],
        ...pidMode(pod, request.targetId ?? (pod.spec.shareProcessNamespace ? sandboxId : undefined)),
        ...(pod.spec.hostNetwork ? { UTSMode: 'host' } : {}),
        ...runtimeOf(request),
        ...hostSecurity,
        ...request.devices,
        ...containerLimits(pod, container, request.scale),
      },
    },
  };
}

function runtimeOf({ runtime }: { readonly runtime: string | undefined }): { Runtime?: string } {
  return runtime === undefined ? {} : { Runtime: runtime };
}

function namesOf({ metadata }: Pod) {
  return { pod: metadata.name, namespace: metadata.namespace, uid: metadata.uid };
}

function identityOf(
  { pod, agentUid, attempt }: { readonly pod: Pod; readonly agentUid: string; readonly attempt: number },
  own: Pick<ContainerIdentity, 'container' | 'hash' | 'sandboxId' | 'restartDelayMs' | 'round'>,
): ContainerIdentity {
  const { name, namespace, uid } = pod.metadata;
  return { agentUid, podUid: uid, podName: name, podNamespace: namespace, attempt, ...own };
}

/** What the pod itself mounts there is the pod's own. */
function fileMounts({ container, files, mounts }: ContainerRequest) {
  if (files === undefined) return [];
  const taken = new Set(mounts.map(({ Target }) => plain(Target)));
  return [
    { Source: files.message, Target: container.terminationMessagePath || DEFAULT_MESSAGE_PATH },
    { Source: files.hosts, Target: '/etc/hosts' },
    { Source: files.resolvConf, Target: '/etc/resolv.conf' },
  ]
    .filter(({ Target }) => !taken.has(plain(Target)))
    .map((mount) => ({ Type: 'bind' as const, ...mount }));
}

/** However it is spelled: Docker refuses two mounts of one path. */
function plain(path: string): string {
  return resolve('/', path);
}

/** `beside`: the container whose process namespace it joins; undefined: one of its own. */
function pidMode({ spec }: Pod, beside: string | undefined): { PidMode?: string } {
  if (spec.hostPID) return { PidMode: 'host' };
  return beside === undefined ? {} : { PidMode: `container:${beside}` };
}

/** The ports of what serves; those with a hostPort are published on the machine, as placement counts them. */
function publishedPorts(pod: Pod) {
  const serving = podMembers(pod).filter(({ kind }) => kind === 'regular' || kind === 'sidecar');
  const ports = serving.flatMap(({ spec }) => spec.ports ?? []);
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
