// Like PodMachine, on the modelled engine and a clock that the test moves: an agent's pods in milliseconds.
import { randomUUID } from 'node:crypto';
import type { PodEventRecord, PodGone } from '../../agent/link/pod-host.ts';
import type { DeviceInventory } from '../../agent/pod/devices.ts';
import type { PodRecord } from '../../agent/pod/pod-record.ts';
import type { RegistryLogin } from '../../agent/pod/registry-credentials.ts';
import { PodProber } from '../../agent/probes/pod-prober.ts';
import type { Images } from '../../agent/runtime/ensure-image.ts';
import type { ObjectKeeper, ObjectRecord } from '../../agent/runtime/object-keeper.ts';
import { createPodManager, type PodManager, type PodManagerDeps } from '../../agent/runtime/pod-manager.ts';
import type { PodNameFiles } from '../../agent/runtime/pod-names.ts';
import { runCommand } from '../../agent/runtime/run-command.ts';
import { type ClusterDns, NO_CLUSTER_DNS } from '../../common/cluster-dns.ts';
import { createLog } from '../../common/log.ts';
import { type ContainerStatus, containerStatuses, type PodStatus } from '../../common/pod.ts';
import { FakeEngine } from './fake-engine.ts';
import { FakeExecs } from './fake-execs.ts';
import { FakeVolumes } from './fake-volumes.ts';
import { ManualClock } from './manual-clock.ts';
import { openMemoryObjects } from './pod-objects.ts';

interface Power {
  on: boolean;
  operations: number;
}

export class FakeMachine {
  readonly agentUid = randomUUID();
  readonly clock = new ManualClock();
  readonly engine = new FakeEngine(this.clock);
  readonly volumes = new FakeVolumes((uid) => this.engine.running(uid).length > 0);
  readonly execs = new FakeExecs(this.engine);
  /** Where hooks have sent requests; those to `refused` got no answer. */
  readonly requests: string[] = [];
  readonly records = new Map<string, PodRecord>();
  readonly statuses = new Map<string, PodStatus[]>();
  readonly gone: PodGone[] = [];
  readonly events: PodEventRecord[] = [];
  /** What the next asks for an image meet; otherwise each is there already. */
  readonly imageFailures: { readonly reason: string; readonly message: string }[] = [];
  /** What containers leave in their termination message files, by name. */
  readonly lastWords = new Map<string, string>();
  /** What pods were given as hosts and resolv.conf, by UID. */
  readonly nameFiles = new Map<string, PodNameFiles>();
  clusterDns: ClusterDns = NO_CLUSTER_DNS;
  /** The machine's own. */
  nameservers = ['192.0.2.53'];
  devices: DeviceInventory = new Map();
  /** The log of every container. */
  log = '';
  /** While set, Docker never comes to the end of it. */
  logsHang = false;
  /** While set, asking for an image waits until the asker gives up. */
  pullsHang = false;
  /** While set, no image is here until it is pulled. */
  imagesAbsent = false;
  /** What is written reaches the disk only then. */
  savesWait: Promise<void> | undefined;
  /** How long Docker and the disk take for whatever they are asked. */
  latencyMs: (operation: 'start' | undefined) => number = () => 0;
  /** While not set, no event reaches it. */
  controllerHears = true;
  /** What each pull might have shown the registry. */
  readonly pulls: (readonly RegistryLogin[])[] = [];
  readonly #objectRecords = new Map<string, ObjectRecord>();
  #objects: ObjectKeeper | undefined;
  #manager: PodManager | undefined;
  #power: Power = { on: false, operations: 0 };

  static async create(): Promise<FakeMachine> {
    const machine = new FakeMachine();
    await machine.startAgent();
    return machine;
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

  async startAgent(): Promise<void> {
    this.#objects = await openMemoryObjects(this.#objectRecords);
    this.#power = { on: true, operations: Number.POSITIVE_INFINITY };
    const { engine, execs, sendHook, store, volumes } = this.#wires(this.#power);
    this.#manager = createPodManager({
      engine,
      execs,
      sendHook,
      createProber: (ears) =>
        new PodProber({
          runCommand: (id, command, options) => runCommand(execs, id, command, options),
          random: () => 0,
          agentStartedMs: this.clock.now(),
          clock: this.clock,
          log: createLog({ name: 'test', level: 'silent' }),
          ...ears,
        }),
      images: this.#images(),
      volumes,
      store,
      objects: this.#objects,
      uplink: {
        report: ({ uid, status }) => {
          this.statuses.set(uid, [...(this.statuses.get(uid) ?? []), status]);
        },
        gone: (gone) => this.gone.push(gone),
        event: (event, done) => {
          if (!this.controllerHears) return;
          this.events.push(event);
          done?.();
        },
      },
      messages: {
        create: async ({ podUid, container }) => `/messages/${podUid}/${container}`,
        read: async ({ container }) => this.lastWords.get(container) ?? '',
        remove: async () => {},
      },
      readSeccompProfile: async (path) => `profile ${path}`,
      names: {
        machine: async () => ({
          hosts: '',
          resolver: { nameservers: this.nameservers, searches: [], options: [] },
        }),
        write: async (podUid, texts) => {
          this.nameFiles.set(podUid, texts);
          return { hosts: `/names/${podUid}/hosts`, resolvConf: `/names/${podUid}/resolv.conf` };
        },
        remove: async (podUid) => void this.nameFiles.delete(podUid),
      },
      openContainerLogs: async () => logOf(this.log, this.logsHang),
      agentUid: this.agentUid,
      network: { ensure: async () => 'bridge' },
      machine: () => ({
        hostIps: ['192.0.2.1'],
        nodeName: 'longshore',
        machineMemoryBytes: 8 * 2 ** 30,
        oomScoreFloor: -1000,
        recursiveReadOnly: false,
        enforcement: { appArmor: false, unsafeSysctls: [] },
        pidsLimit: undefined,
        devices: this.devices,
        clusterDns: this.clusterDns,
        machine: { cpuMilli: 2000, memoryBytes: 4 * 2 ** 30, ephemeralStorageBytes: 10e9 },
      }),
      bootId: 'boot-1',
      clock: this.clock,
      log: createLog({ name: 'test', level: 'silent' }),
    });
    await this.#manager.start();
    await this.clock.advance(0);
  }

  /** The agent's process dies after so many more operations on Docker or its disk, the last one done but unanswered. */
  crashAfter(operations: number): void {
    this.#power.operations = operations;
  }

  get hasCrashed(): boolean {
    return !this.#power.on;
  }

  /** SIGKILL: what it asks for at this moment is done, but unanswered. */
  crash(): void {
    this.#power.on = false;
  }

  /** A new process; the former one dies, if it has not yet. */
  async crashAndStart(): Promise<void> {
    this.crash();
    this.#manager = undefined;
    await this.startAgent();
  }

  async stopAgent(): Promise<void> {
    await this.#manager?.[Symbol.asyncDispose]();
    this.#manager = undefined;
  }

  /** Lets everything happen that can before `ms` have passed. */
  async settle(ms = 0): Promise<void> {
    await this.clock.advance(ms);
    for (let round = 0; round < 20; round++) await this.clock.advance(0);
  }

  status(uid: string): PodStatus | undefined {
    return this.statuses.get(uid)?.at(-1);
  }

  container(uid: string, name = 'main'): ContainerStatus | undefined {
    return containerStatuses(this.status(uid)).find((status) => status.name === name);
  }

  messages(reason: string): string[] {
    return this.events.filter((event) => event.reason === reason).map(({ message }) => message);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopAgent();
  }

  /** Docker and the disk as the process sees them: when it is dead, nothing it asks for happens or is answered. */
  #wires(power: Power): Pick<PodManagerDeps, 'engine' | 'execs' | 'sendHook' | 'store' | 'volumes'> {
    const silence = () => new Promise<never>(() => {});
    const through = async <T>(ask: () => Promise<T>, operation?: 'start'): Promise<T> => {
      const latencyMs = this.latencyMs(operation);
      if (power.on && latencyMs > 0) await this.clock.sleep(latencyMs);
      if (!power.on) return silence();
      power.operations -= 1;
      if (power.operations < 0) power.on = false;
      const answer = ask();
      return power.on ? answer : answer.then(silence, silence);
    };
    const { engine, execs, records, requests, volumes } = this;
    return {
      execs: {
        createExec: (id, command) => through(() => execs.createExec(id, command)),
        runExec: (id, options) => through(() => execs.runExec(id, options)),
        killExec: (id) => through(() => execs.killExec(id)),
        inspectExec: (id) => through(() => execs.inspectExec(id)),
      },
      sendHook: ({ host, port, path }) =>
        through(async () => {
          requests.push(`${host}:${port}${path}`);
          if (host === 'refused') throw new Error('connection refused');
        }),
      volumes: {
        setUp: (uid, wished, signal) => through(() => volumes.setUp(uid, wished, signal)),
        hasFiles: (uid, volume) => through(() => volumes.hasFiles(uid, volume)),
        sources: (wish) => through(() => volumes.sources(wish)),
        showImage: (uid, volume, imageId, signal) =>
          through(() => volumes.showImage(uid, volume, imageId, signal)),
        read: (wish) => through(() => volumes.read(wish)),
        usage: (uid, wished) => through(() => volumes.usage(uid, wished)),
        measure: (uid, volume) => through(() => volumes.measure(uid, volume)),
        tearDown: (uid) => through(() => volumes.tearDown(uid)),
        sweep: () => through(() => volumes.sweep()),
        held: () => through(() => volumes.held()),
      },
      engine: {
        list: (uid) => through(() => engine.list(uid)),
        inspect: (id) => through(() => engine.inspect(id)),
        create: (request) => through(() => engine.create(request)),
        resize: (id, limits) => through(() => engine.resize(id, limits)),
        start: (id) => through(() => engine.start(id), 'start'),
        kill: (id, signal) => through(() => engine.kill(id, signal)),
        stop: (id, grace) => through(() => engine.stop(id, grace)),
        remove: (id) => through(() => engine.remove(id)),
        written: (id) => through(() => engine.written(id)),
        resolvers: (network) => through(() => engine.resolvers(network)),
        image: (id) => through(() => engine.image(id)),
        events: (since, signal) => engine.events(since, signal),
      },
      store: {
        load: async () => ({ records: structuredClone([...records.values()]), damaged: [] }),
        save: (record) =>
          through(async () => {
            await this.savesWait;
            records.set(record.uid, structuredClone(record));
          }),
        remove: (uid) =>
          through(async () => {
            records.delete(uid);
          }),
      },
    };
  }

  #images(): Images {
    return {
      ensurePauseImage: async () => 'pause',
      ensure: async ({ image, logins, onPulling }, signal) => {
        if (this.imagesAbsent && logins === undefined) return undefined;
        if (this.imagesAbsent) {
          this.pulls.push(logins ?? []);
          onPulling();
        }
        if (this.pullsHang) {
          onPulling();
          await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
        }
        const failure = this.imageFailures.shift();
        if (failure) {
          if (failure.reason === 'ErrImagePull' && !this.imagesAbsent) onPulling();
          throw Object.assign(new Error(failure.message), failure);
        }
        this.engine.absentImages.delete(`sha256:${image}`);
        return { imageId: `sha256:${image}`, pulled: false, durationMs: 0, waitedMs: 0, sizeBytes: 1 };
      },
    };
  }
}

async function* logOf(text: string, hangs: boolean): AsyncGenerator<Buffer> {
  yield Buffer.from(text);
  if (hangs) await new Promise(() => {});
}
