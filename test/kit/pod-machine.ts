// An agent's pods on this machine's Docker, without a controller: a pod manager over a state folder of its own, and
// what it told its uplink. Each has its own agent UID, so machines do not see each other's containers.
import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { readMachineNames } from '../../agent/host/machine-names.ts';
import { readOomScoreFloor } from '../../agent/host/oom-score-floor.ts';
import { hasInterface, readRoutes } from '../../agent/host/routes.ts';
import { createSeccompProfiles } from '../../agent/host/seccomp-profiles.ts';
import { ImageManager } from '../../agent/images/image-manager.ts';
import { ensurePauseImage } from '../../agent/images/pause-image.ts';
import type { PodEventRecord, PodGone } from '../../agent/link/pod-host.ts';
import type { StreamHost } from '../../agent/link/stream-host.ts';
import { NETWORK_DIAL } from '../../agent/network/dial-message.ts';
import { createPodDialer, type PodDialer } from '../../agent/network/pod-dialer.ts';
import type { DeviceInventory } from '../../agent/pod/devices.ts';
import type { PodContainer } from '../../agent/pod/pod-containers.ts';
import { PodProber } from '../../agent/probes/pod-prober.ts';
import { sendHook } from '../../agent/probes/send-hook.ts';
import { createDockerEngine } from '../../agent/runtime/docker.ts';
import { createDockerClients, type DockerClients } from '../../agent/runtime/docker-clients.ts';
import { createDockerExecs } from '../../agent/runtime/docker-exec.ts';
import { createImageExport } from '../../agent/runtime/docker-image-export.ts';
import { createDockerImages } from '../../agent/runtime/docker-images.ts';
import type { Engine } from '../../agent/runtime/engine.ts';
import type { Execs } from '../../agent/runtime/execs.ts';
import { openContainerLogs } from '../../agent/runtime/logs.ts';
import type { ObjectKeeper, ObjectRecord } from '../../agent/runtime/object-keeper.ts';
import { createPodManager, type PodManager } from '../../agent/runtime/pod-manager.ts';
import { createPodNetwork, removeOwnNetworks } from '../../agent/runtime/pod-network.ts';
import { findPodSandbox } from '../../agent/runtime/pod-sandbox.ts';
import { createPodStreams } from '../../agent/runtime/pod-streams.ts';
import { runCommand } from '../../agent/runtime/run-command.ts';
import { createNameFiles } from '../../agent/state/name-files.ts';
import { createPodStore } from '../../agent/state/pod-store.ts';
import { createTerminationFiles } from '../../agent/state/termination-files.ts';
import { systemMounter } from '../../agent/volumes/mounter.ts';
import { removeFolders } from '../../agent/volumes/tear-down.ts';
import { openVolumes } from '../../agent/volumes/volumes.ts';
import { systemClock } from '../../common/clock.ts';
import { type ClusterDns, NO_CLUSTER_DNS } from '../../common/cluster-dns.ts';
import { createLog } from '../../common/log.ts';
import { type ContainerStatus, containerStatuses, type Pod, type PodStatus } from '../../common/pod.ts';
import type { LogsRequest__Output } from '../../proto/gen/longshore/v1/LogsRequest.ts';
import { BUSYBOX_IMAGE } from './busybox-image.ts';
import { eventually } from './eventually.ts';
import { openMemoryObjects } from './pod-objects.ts';
import { aPod } from './pods.ts';

/** As Docker's own clients are told. */
const SOCKET = process.env['DOCKER_HOST']?.replace(/^unix:\/\//, '') ?? '/var/run/docker.sock';

const AGENT = join(import.meta.dirname, '../../agent/main.ts');

export interface PodMachineOptions {
  /** Default: the machine's own Docker. */
  readonly dockerSocket?: string;
  /** For a network of the agent's own; default: Docker's bridge. */
  readonly podCidr?: string;
  /** The owner's choice of a Docker network. */
  readonly network?: string;
  readonly clusterDns?: ClusterDns;
  readonly unsafeSysctls?: readonly string[];
  readonly pidsLimit?: number;
  readonly devices?: DeviceInventory;
}

export class PodMachine {
  readonly agentUid = randomUUID();
  readonly docker: DockerClients;
  readonly engine: Engine;
  readonly execs: Execs;
  readonly dialer: PodDialer;
  /** Every status told, oldest first, by UID. */
  readonly statuses = new Map<string, PodStatus[]>();
  readonly gone: PodGone[] = [];
  readonly events: PodEventRecord[] = [];
  readonly #dir: string;
  readonly #log = createLog({ name: 'test', level: (process.env['TEST_LOG'] ?? 'silent') as 'silent' });
  readonly #objectRecords = new Map<string, ObjectRecord>();
  #objects: ObjectKeeper | undefined;
  #manager: PodManager | undefined;

  readonly #options: PodMachineOptions;

  private constructor(dir: string, options: PodMachineOptions) {
    this.#dir = dir;
    this.#options = options;
    this.docker = createDockerClients(options.dockerSocket ?? SOCKET);
    this.engine = createDockerEngine(this.docker, this.agentUid);
    this.execs = createDockerExecs(this.docker, systemClock);
    this.dialer = createPodDialer({
      findSandbox: (podUid) => findPodSandbox(this.docker, { agentUid: this.agentUid, podUid }),
      procFolder: '/proc',
      helperCommand: [process.execPath, AGENT, NETWORK_DIAL],
      clock: systemClock,
    });
  }

  static async create(options: PodMachineOptions = {}): Promise<PodMachine> {
    const machine = new PodMachine(await mkdtemp(join(tmpdir(), 'longshore-pods-')), options);
    await machine.startAgent();
    return machine;
  }

  get seccompDir(): string {
    return `${this.#dir}-seccomp`;
  }

  get namesDir(): string {
    return `${this.#dir}-names`;
  }

  get messagesDir(): string {
    return `${this.#dir}-messages`;
  }

  get volumesDir(): string {
    return `${this.#dir}-volumes`;
  }

  get imagesDir(): string {
    return `${this.#dir}-images`;
  }

  /** Where what must not reach a disk is kept. */
  get memoryDir(): string {
    return join('/run/longshore-test', this.agentUid);
  }

  get manager(): PodManager {
    if (!this.#manager) throw new Error('the agent is not running');
    return this.#manager;
  }

  /** What the agent holds of the API's objects; it outlives the agent. */
  get objects(): ObjectKeeper {
    if (!this.#objects) throw new Error('the agent has not been started');
    return this.#objects;
  }

  /** Over the same state folder and Docker: what a restarted agent does. */
  async startAgent(): Promise<void> {
    this.#objects = await openMemoryObjects(this.#objectRecords);
    const oomScoreFloor = await readOomScoreFloor();
    const images = createDockerImages(this.docker);
    const { Arch } = await this.docker.prompt.version();
    const platform = { os: 'linux', architecture: Arch };
    const imageManager = new ImageManager({ engine: images, clock: systemClock, log: this.#log, platform });
    this.#manager = createPodManager({
      engine: this.engine,
      execs: this.execs,
      sendHook,
      createProber: (ears) =>
        new PodProber({
          runCommand: (id, command, options) => runCommand(this.execs, id, command, options),
          random: Math.random,
          agentStartedMs: Date.now(),
          clock: systemClock,
          log: this.#log,
          ...ears,
        }),
      images: {
        ensure: (request, signal) => imageManager.ensure(request, signal),
        ensurePauseImage: () => ensurePauseImage(images, Arch),
      },
      volumes: await openVolumes({
        diskDir: this.volumesDir,
        memoryDir: this.memoryDir,
        imagesDir: this.imagesDir,
        exporter: createImageExport(this.docker, this.agentUid),
        mounter: systemMounter,
        log: this.#log,
      }),
      store: createPodStore(this.#dir),
      objects: this.#objects,
      messages: createTerminationFiles(this.messagesDir),
      readSeccompProfile: createSeccompProfiles(this.seccompDir),
      names: { machine: readMachineNames, ...createNameFiles(this.namesDir) },
      uplink: {
        report: ({ uid, status }) => this.statuses.set(uid, [...(this.statuses.get(uid) ?? []), status]),
        gone: (gone) => this.gone.push(gone),
        event: (event, done) => {
          this.events.push(event);
          done?.();
        },
      },
      openContainerLogs: (options, signal) =>
        openContainerLogs({ docker: this.docker.patient, clock: systemClock }, options, signal),
      agentUid: this.agentUid,
      network: createPodNetwork({
        ...{
          clients: this.docker,
          agentUid: this.agentUid,
          chosen: this.#options.network,
          readRoutes,
          hasInterface,
          log: this.#log,
        },
        podCidr: () => this.#options.podCidr,
      }),
      machine: () => ({
        hostIps: ['192.0.2.1'],
        nodeName: 'longshore',
        machineMemoryBytes: totalmem(),
        oomScoreFloor,
        recursiveReadOnly: false,
        enforcement: { appArmor: false, unsafeSysctls: this.#options.unsafeSysctls ?? [] },
        pidsLimit: this.#options.pidsLimit,
        devices: this.#options.devices ?? new Map(),
        clusterDns: this.#options.clusterDns ?? NO_CLUSTER_DNS,
        machine: { cpuMilli: 2000, memoryBytes: 4 * 2 ** 30, ephemeralStorageBytes: 10e9 },
      }),
      bootId: 'boot-1',
      clock: systemClock,
      log: this.#log,
    });
    await this.#manager.start();
  }

  async stopAgent(): Promise<void> {
    await this.#manager?.[Symbol.asyncDispose]();
    this.#manager = undefined;
  }

  /** Its state folder is wiped; Docker is not. */
  async forgetPods(): Promise<void> {
    for (const file of await readdir(this.#dir)) await rm(join(this.#dir, file));
  }

  /** What the controller may ask for streams of. */
  get streams(): Omit<StreamHost, 'agentLog' | 'pullImage'> {
    return createPodStreams({
      findPod: (uid) => this.manager.find(uid),
      openContainerLogs: (options, signal) =>
        openContainerLogs({ docker: this.docker.patient, clock: systemClock }, options, signal),
      docker: this.docker,
      dial: (podUid, port, signal) => this.dialer.dial(podUid, port, signal),
      clock: systemClock,
    });
  }

  status(uid: string): PodStatus | undefined {
    return this.statuses.get(uid)?.at(-1);
  }

  container(uid: string, name = 'main'): ContainerStatus | undefined {
    return containerStatuses(this.status(uid)).find((status) => status.name === name);
  }

  reasons(uid: string): string[] {
    return this.events.filter(({ podUid }) => podUid === uid).map(({ reason }) => reason);
  }

  /** What a container has written so far, or the last lines of it. */
  output(uid: string, container = 'main', previous = false, tailLines?: number): Promise<string> {
    const tail = tailLines === undefined ? {} : { tailLines };
    return this.#read({ podUid: uid, container, previous, follow: false, ...tail });
  }

  /** What its container `main` has written once it has ended; `heard` is told of each piece as it comes. */
  follow(uid: string, heard?: (piece: Buffer) => void): Promise<string> {
    return this.#read({ podUid: uid, container: 'main', previous: false, follow: true }, heard);
  }

  async #read(
    asked: Pick<LogsRequest__Output, 'podUid' | 'container' | 'previous' | 'follow'>,
    heard?: (piece: Buffer) => void,
  ): Promise<string> {
    const request = { ...asked, timestamps: false, stream: 'LOG_STREAM_ALL' } as const;
    const chunks: Buffer[] = [];
    for await (const chunk of await this.streams.logs(request, new AbortController().signal)) {
      chunks.push(chunk);
      heard?.(chunk);
    }
    return Buffer.concat(chunks).toString('utf8').trim();
  }

  /** Ends a pod and everything of it, as a controller does. */
  async drop(uid: string): Promise<void> {
    await this.manager.remove(uid, 1);
    await eventually(() => this.gone.some((gone) => gone.uid === uid), { what: `the end of ${uid}` });
    await this.manager.acknowledgeGone(uid);
  }

  /** The names in Docker of this machine's containers, dead ones too. */
  async names(): Promise<string[]> {
    const found = await this.#containers();
    return found.flatMap(({ Names }) => Names.map((name) => name.slice(1))).sort();
  }

  #containers() {
    return this.docker.prompt.listContainers({
      all: true,
      filters: { label: [`longshore.dev/agent-uid=${this.agentUid}`] },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopAgent();
    await this.dialer[Symbol.asyncDispose]();
    // Podman takes nothing away that another container has joined.
    for (let tries = 0; ; tries++) {
      const left = await this.engine.list();
      if (left.length === 0) break;
      const removed = await Promise.allSettled(left.map(({ id }) => this.engine.remove(id)));
      const failed = removed.find(({ status }) => status === 'rejected');
      if (failed?.status === 'rejected' && tries === 3) throw failed.reason;
    }
    await removeOwnNetworks(this.docker, this.agentUid);
    await removeFolders(
      [
        this.#dir,
        this.messagesDir,
        this.namesDir,
        this.seccompDir,
        this.volumesDir,
        this.memoryDir,
        this.imagesDir,
      ],
      systemMounter,
    );
  }
}

/** A pod of busybox containers that each run a shell script; its UID is new. */
export function scriptPod(
  scripts: Readonly<Record<string, string>>,
  spec: Partial<Pod['spec']> = {},
  metadata: Partial<Pod['metadata']> = {},
): Pod {
  const uid = randomUUID();
  return aPod({
    uid,
    name: `pod-${uid.slice(0, 8)}`,
    metadata,
    spec: {
      enableServiceLinks: false,
      dnsPolicy: 'Default',
      terminationGracePeriodSeconds: 2,
      ...spec,
      containers: Object.entries(scripts).map(([name, script]) =>
        scriptContainer(
          name,
          script,
          spec.containers?.find((container) => container.name === name),
        ),
      ),
    },
  });
}

export function scriptContainer(
  name: string,
  script: string,
  more: Partial<PodContainer> = {},
): PodContainer {
  return {
    name,
    image: BUSYBOX_IMAGE,
    imagePullPolicy: 'IfNotPresent',
    command: ['/bin/sh', '-c', script],
    ...more,
  };
}

/** What a container of this name has besides its program: these mounts. */
export function mounting(
  name: string,
  ...volumeMounts: readonly NonNullable<PodContainer['volumeMounts']>[number][]
) {
  return { name, volumeMounts: [...volumeMounts] };
}

/** An init container that stays. */
export function sidecar(name: string, script: string, more: Partial<PodContainer> = {}): PodContainer {
  return scriptContainer(name, script, { restartPolicy: 'Always', ...more });
}

/** Sleeps until it is told to stop, and then ends well. */
export const SERVE = 'trap "exit 0" TERM; sleep 3600 & wait';

/** Does not listen: only SIGKILL ends it. */
export const STUBBORN = 'trap "" TERM; while :; do sleep 3600; done';
