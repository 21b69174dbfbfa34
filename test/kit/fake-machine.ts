// Like PodMachine, on the modelled engine and a clock that the test moves: an agent's pods in milliseconds.
import { randomUUID } from 'node:crypto';
import type { PodEventRecord, PodGone } from '../../agent/link/pod-host.ts';
import type { PodRecord } from '../../agent/pod/pod-record.ts';
import { createPodManager, type PodManager } from '../../agent/runtime/pod-manager.ts';
import type { Images } from '../../agent/runtime/step-executor.ts';
import { createLog } from '../../common/log.ts';
import type { ContainerStatus, PodStatus } from '../../common/pod.ts';
import { FakeEngine } from './fake-engine.ts';
import { ManualClock } from './manual-clock.ts';

export class FakeMachine {
  readonly agentUid = randomUUID();
  readonly clock = new ManualClock();
  readonly engine = new FakeEngine(this.clock);
  readonly records = new Map<string, PodRecord>();
  readonly statuses = new Map<string, PodStatus[]>();
  readonly gone: PodGone[] = [];
  readonly events: PodEventRecord[] = [];
  /** What the next asks for an image meet; otherwise each is there already. */
  readonly imageFailures: { readonly reason: string; readonly message: string }[] = [];
  /** While set, asking for an image waits until the asker gives up. */
  pullsHang = false;
  #manager: PodManager | undefined;

  static async create(): Promise<FakeMachine> {
    const machine = new FakeMachine();
    await machine.startAgent();
    return machine;
  }

  get manager(): PodManager {
    if (!this.#manager) throw new Error('the agent is not running');
    return this.#manager;
  }

  async startAgent(): Promise<void> {
    this.#manager = createPodManager({
      engine: this.engine,
      images: this.#images(),
      store: {
        load: async () => ({ records: structuredClone([...this.records.values()]), damaged: [] }),
        save: async (record) => {
          this.records.set(record.uid, structuredClone(record));
        },
        remove: async (uid) => {
          this.records.delete(uid);
        },
      },
      uplink: {
        report: ({ uid, status }) => this.statuses.set(uid, [...(this.statuses.get(uid) ?? []), status]),
        gone: (gone) => this.gone.push(gone),
        event: (event) => this.events.push(event),
      },
      openContainerLogs: () => Promise.reject(new Error('this machine opens no logs')),
      agentUid: this.agentUid,
      network: 'bridge',
      machine: () => ({
        hostIps: ['192.0.2.1'],
        nodeName: 'longshore',
        oomScoreFloor: -1000,
        machine: { cpuMilli: 2000, memoryBytes: 4 << 30, ephemeralStorageBytes: 10e9 },
      }),
      clock: this.clock,
      log: createLog({ name: 'test', level: 'silent' }),
    });
    await this.#manager.start();
    await this.clock.advance(0);
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
    return this.status(uid)?.containerStatuses?.find((status) => status.name === name);
  }

  messages(reason: string): string[] {
    return this.events.filter((event) => event.reason === reason).map(({ message }) => message);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopAgent();
  }

  #images(): Images {
    return {
      ensurePauseImage: async () => 'pause',
      ensure: async ({ image, onPulling }, signal) => {
        if (this.pullsHang) {
          onPulling();
          await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
        }
        const failure = this.imageFailures.shift();
        if (failure) {
          onPulling();
          throw Object.assign(new Error(failure.message), failure);
        }
        return { imageId: `sha256:${image}`, pulled: false, durationMs: 0, waitedMs: 0, sizeBytes: 1 };
      },
    };
  }
}
