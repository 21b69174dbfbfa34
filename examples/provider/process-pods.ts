// The provider: pods as processes of this machine. It keeps a record of each pod on the disk and looks at all of them
// again and again: what ought to run and does not is started, what ought to end is ended, what has changed is told. A pass
// may be cut off anywhere; the next one, of this process or of its successor, begins by looking.
import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { PodGone, PodHost, PodReport, Uplink } from '../../agent/link/pod-host.ts';
import type { StreamHost } from '../../agent/link/stream-host.ts';
import type { Clock } from '../../common/clock.ts';
import { LongshoreError } from '../../common/errors.ts';
import type { Pod, PodStatus } from '../../common/pod.ts';
import type { LogsRequest__Output } from '../../proto/gen/longshore/v1/LogsRequest.ts';
import { observe, signal, startProcess } from './container-process.ts';
import {
  type Attempt,
  type Observed,
  type PodRecord,
  restarts,
  statusOf,
  unsupported,
} from './pod-record.ts';

const LOOK_EVERY_MS = 200;
const RESTART_AFTER_MS = 1000;
const DEFAULT_GRACE_SECONDS = 30;

export interface ProcessPodsOptions {
  /** Survives this program and the machine's reboots. */
  readonly dir: string;
  readonly uplink: () => Uplink;
  readonly clock: Clock;
}

export class ProcessPods implements PodHost, Pick<StreamHost, 'logs'> {
  readonly #options: ProcessPodsOptions;
  readonly #records = new Map<string, PodRecord>();
  readonly #told = new Map<string, PodStatus>();

  private constructor(options: ProcessPodsOptions) {
    this.#options = options;
  }

  static async open(options: ProcessPodsOptions): Promise<ProcessPods> {
    const pods = new ProcessPods(options);
    await mkdir(options.dir, { recursive: true, mode: 0o700 });
    for (const uid of await readdir(options.dir)) {
      const text = await readFile(join(options.dir, uid, 'pod.json'), 'utf8').catch(() => undefined);
      if (text !== undefined) pods.#records.set(uid, JSON.parse(text) as PodRecord);
    }
    return pods;
  }

  async run(until: AbortSignal): Promise<void> {
    while (!until.aborted) {
      for (const uid of this.#records.keys()) await this.#look(uid);
      await this.#options.clock.sleep(LOOK_EVERY_MS, until).catch(() => {});
    }
  }

  async apply(pod: Pod): Promise<void> {
    const { uid, deletionTimestamp, deletionGracePeriodSeconds } = pod.metadata;
    const known = this.#records.get(uid);
    if (known?.gone) return this.#tellGone(uid, known.gone);
    const record = known ?? { acceptedAtMs: this.#now(), containers: {} };
    await this.#save(uid, { ...record, pod });
    if (deletionTimestamp !== undefined) await this.remove(uid, deletionGracePeriodSeconds ?? graceOf(pod));
    const missing = known ? [] : unsupported(pod);
    if (missing.length > 0) this.#warn(pod, `not supported by this provider: ${missing.join(', ')}`);
  }

  async remove(uid: string, graceSeconds: number): Promise<void> {
    const record = this.#records.get(uid);
    if (!record) return this.#tellGone(uid, undefined);
    if (record.gone) return this.#tellGone(uid, record.gone);
    // Asked again, it may only become shorter.
    const sooner = Math.min(graceSeconds, record.stopping?.graceSeconds ?? graceSeconds);
    const sinceMs = record.stopping?.sinceMs ?? this.#now();
    await this.#save(uid, { ...record, stopping: { sinceMs, graceSeconds: sooner } });
  }

  async retain(uids: ReadonlySet<string>): Promise<void> {
    for (const [uid, { gone }] of this.#records) if (!uids.has(uid) && !gone) await this.remove(uid, 1);
  }

  async acknowledgeGone(uid: string): Promise<void> {
    if (!this.#records.get(uid)?.gone) return;
    await rm(join(this.#options.dir, uid), { recursive: true, force: true });
    this.#records.delete(uid);
    this.#told.delete(uid);
  }

  reports(): readonly PodReport[] {
    return [...this.#records].flatMap(([uid, record]) =>
      record.gone ? [] : [{ uid, status: statusOf(record, this.#observe(record)) }],
    );
  }

  gone(): readonly PodGone[] {
    return [...this.#records].flatMap(([uid, { gone }]) => (gone ? [{ uid, status: gone }] : []));
  }

  async logs({ podUid, container, follow }: LogsRequest__Output): Promise<AsyncIterable<Buffer>> {
    const attempt = this.#records.get(podUid)?.containers[container];
    if (!attempt) throw new LongshoreError('not-found', `container "${container}" has not started`);
    if (follow) throw new LongshoreError('invalid', 'this provider cannot follow logs');
    return createReadStream(`${attempt.process.path}.log`);
  }

  /** One look at one pod, and what follows from it. */
  async #look(uid: string): Promise<void> {
    const record = this.#records.get(uid);
    if (!record || record.gone) return;
    const seen = this.#observe(record);
    const status = statusOf(record, seen);
    if (record.stopping) await this.#stop(uid, record, seen);
    else if (
      unsupported(record.pod).length === 0 &&
      status.phase !== 'Succeeded' &&
      status.phase !== 'Failed'
    )
      await this.#startWhatIsDue(uid, record, seen);
    if (this.#records.get(uid)?.gone || isDeepStrictEqual(this.#told.get(uid), status)) return;
    this.#told.set(uid, status);
    this.#options.uplink().report({ uid, status });
  }

  async #startWhatIsDue(uid: string, record: PodRecord, seen: Observed): Promise<void> {
    for (const { name } of record.pod.spec.containers) {
      const state = seen.get(name);
      const last = record.containers[name];
      const due = !last || (state?.kind === 'ended' && restarts(record.pod, state.exitCode));
      if (!due || (last && this.#now() - last.process.startedAtMs < RESTART_AFTER_MS)) continue;
      const current = this.#records.get(uid) ?? record;
      const attempt = await this.#start(uid, record.pod, { name, number: last ? last.number + 1 : 0 });
      await this.#save(uid, { ...current, containers: { ...current.containers, [name]: attempt } });
    }
  }

  async #start(
    uid: string,
    pod: Pod,
    { name, number }: { readonly name: string; readonly number: number },
  ): Promise<Attempt> {
    const spec = pod.spec.containers.find((container) => container.name === name);
    const cwd = join(this.#options.dir, uid, name);
    await mkdir(cwd, { recursive: true });
    const env = (spec?.env ?? []).map(({ name: variable, value = '' }) => [variable, value]);
    const path = `${cwd}.${number}`;
    const command = [...(spec?.command ?? []), ...(spec?.args ?? [])];
    startProcess({ path, command, env: Object.fromEntries(env), cwd });
    return { number, process: { path, startedAtMs: this.#now() } };
  }

  async #stop(uid: string, record: PodRecord, seen: Observed): Promise<void> {
    const running = Object.entries(record.containers).filter(([name]) => seen.get(name)?.kind === 'running');
    const elapsedMs = this.#now() - (record.stopping?.sinceMs ?? 0);
    const overdue = elapsedMs >= (record.stopping?.graceSeconds ?? 0) * 1000;
    for (const [, { process }] of running) signal(process, overdue ? 'SIGKILL' : 'SIGTERM');
    if (running.length > 0) return;
    // On the disk before it is told: what was said to be gone never starts again.
    const gone = statusOf(record, seen);
    await this.#save(uid, { ...record, gone });
    this.#tellGone(uid, gone);
  }

  async #save(uid: string, record: PodRecord): Promise<void> {
    const folder = join(this.#options.dir, uid);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const file = join(folder, 'pod.json');
    await writeFile(`${file}.tmp`, JSON.stringify(record), { mode: 0o600, flush: true });
    await rename(`${file}.tmp`, file);
    this.#records.set(uid, record);
  }

  #observe({ containers }: PodRecord): Observed {
    const now = this.#now();
    return new Map(Object.entries(containers).map(([name, { process }]) => [name, observe(process, now)]));
  }

  #tellGone(uid: string, status: PodStatus | undefined): void {
    this.#options.uplink().gone({ uid, status });
  }

  #warn({ metadata }: Pod, message: string): void {
    this.#options.uplink().event({
      podUid: metadata.uid,
      podNamespace: metadata.namespace,
      podName: metadata.name,
      type: 'Warning',
      reason: 'NotSupported',
      message,
      timeMs: this.#now(),
    });
  }

  #now(): number {
    return this.#options.clock.now();
  }
}

function graceOf({ spec }: Pod): number {
  return spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS;
}
