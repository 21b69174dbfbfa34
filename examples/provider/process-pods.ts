// The provider: pods as processes of this machine. It looks at all of them again and again: what ought to run and does not is
// started, what ought to end is ended, what has changed is told. It may be cut off anywhere; the next look, of this process or
// of its successor, begins with what is on the disk and what runs.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { PodGone, PodHost, PodReport, Uplink } from '../../agent/link/pod-host.ts';
import type { StreamHost } from '../../agent/link/stream-host.ts';
import type { Clock } from '../../common/clock.ts';
import { LongshoreError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import { isTerminal, type Pod, type PodStatus } from '../../common/pod.ts';
import type { StreamInput, StreamOutput } from '../../common/stream-message.ts';
import type { ExecRequest__Output } from '../../proto/gen/longshore/v1/ExecRequest.ts';
import type { LogsRequest__Output } from '../../proto/gen/longshore/v1/LogsRequest.ts';
import { execute } from './container-exec.ts';
import { checkLogWish, readLog } from './container-log.ts';
import { observe, type Place, signal, startProcess } from './container-process.ts';
import {
  type Attempt,
  newRecord,
  type Observed,
  type PodRecord,
  restarts,
  statusOf,
  withStopping,
} from './pod-record.ts';
import { PodRecords } from './pod-records.ts';

const LOOK_EVERY_MS = 200;
const RESTART_AFTER_MS = 1000;
const DEFAULT_GRACE_SECONDS = 30;
const REMOVED_GRACE_SECONDS = 1;

export interface ProcessPodsOptions {
  /** Survives this program and the machine's reboots. */
  readonly dir: string;
  readonly uplink: () => Uplink;
  readonly clock: Clock;
  readonly log: Log;
}

export class ProcessPods implements PodHost, Pick<StreamHost, 'logs' | 'exec'> {
  readonly #options: ProcessPodsOptions;
  readonly #records: PodRecords;
  readonly #told = new Map<string, PodStatus>();
  /** The processes that were asked to end, by path; each once. */
  readonly #asked = new Set<string>();

  private constructor(options: ProcessPodsOptions, records: PodRecords) {
    this.#options = options;
    this.#records = records;
  }

  static async open(options: ProcessPodsOptions): Promise<ProcessPods> {
    return new ProcessPods(options, await PodRecords.open(options.dir));
  }

  async run(until: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    for (const [uid, record] of this.#records.all()) this.#tellEvent(uid, record);
    while (!until.aborted) {
      for (const [uid] of this.#records.all())
        await this.#look(uid).catch((err: unknown) => log.error({ uid, err }, 'will look at this pod again'));
      await clock.sleep(LOOK_EVERY_MS, until).catch(() => {});
    }
  }

  async apply(pod: Pod): Promise<void> {
    const { uid, deletionTimestamp, deletionGracePeriodSeconds } = pod.metadata;
    const isNew = this.#records.get(uid) === undefined;
    const record = await this.#records.change(uid, (known) => {
      if (known?.gone) return known;
      return { ...(known ?? newRecord(pod, this.#now())), pod };
    });
    if (record && isNew) this.#tellEvent(uid, record);
    const { terminationGracePeriodSeconds = DEFAULT_GRACE_SECONDS } = pod.spec;
    if (record?.gone) this.#tellGone(uid, record.gone);
    else if (deletionTimestamp !== undefined)
      await this.remove(uid, deletionGracePeriodSeconds ?? terminationGracePeriodSeconds);
  }

  async remove(uid: string, graceSeconds: number): Promise<void> {
    const record = await this.#records.change(
      uid,
      (known) => known && withStopping(known, { graceSeconds, sinceMs: this.#now() }),
    );
    if (!record || record.gone) this.#tellGone(uid, record?.gone);
  }

  async retain(uids: ReadonlySet<string>): Promise<void> {
    for (const [uid, { gone }] of this.#records.all())
      if (!uids.has(uid) && !gone) await this.remove(uid, REMOVED_GRACE_SECONDS);
  }

  async acknowledgeGone(uid: string): Promise<void> {
    const record = this.#records.get(uid);
    if (!record?.gone) return;
    await this.#records.forget(uid);
    this.#told.delete(uid);
    for (const { process } of Object.values(record.containers)) this.#asked.delete(process.path);
  }

  reports(): readonly PodReport[] {
    return this.#records
      .all()
      .flatMap(([uid, record]) =>
        record.gone ? [] : [{ uid, status: statusOf(record, this.#observe(record)) }],
      );
  }

  gone(): readonly PodGone[] {
    return this.#records.all().flatMap(([uid, { gone }]) => (gone ? [{ uid, status: gone }] : []));
  }

  async logs(request: LogsRequest__Output, until: AbortSignal): Promise<AsyncIterable<Buffer>> {
    const { podUid, container, previous } = request;
    const newest = this.#records.get(podUid)?.containers[container];
    if (!newest) throw new LongshoreError('not-found', `container "${container}" has not started`);
    checkLogWish(request);
    if (!previous) return readLog(newest.process, request, until);
    if (newest.number === 0) throw new LongshoreError('invalid', `container "${container}" has never ended`);
    const path = this.#pathOf(podUid, { name: container, number: newest.number - 1 });
    return readLog({ path, startedAtMs: 0 }, request, until);
  }

  async exec(
    { podUid, container, command, tty }: ExecRequest__Output,
    input: AsyncIterable<StreamInput>,
    until: AbortSignal,
  ): Promise<AsyncIterable<StreamOutput>> {
    const record = this.#records.get(podUid);
    const attempt = record?.containers[container];
    if (!record || !attempt || observe(attempt.process, this.#now()).kind !== 'running')
      throw new LongshoreError('not-found', `container "${container}" does not run`);
    if (tty) throw new LongshoreError('invalid', 'this provider has no terminals: leave -t out');
    return execute({ command, input, ...this.#placeOf(record.pod, container) }, until);
  }

  /** One look at one pod, and what follows from it. */
  async #look(uid: string): Promise<void> {
    const record = this.#records.get(uid);
    if (!record || record.gone) return;
    const seen = this.#observe(record);
    const status = statusOf(record, seen);
    if (!isDeepStrictEqual(this.#told.get(uid), status)) {
      this.#told.set(uid, status);
      this.#options.uplink().report({ uid, status });
    }
    if (record.stopping) await this.#stop(uid, record, seen);
    else if (!record.unsupported && !isTerminal(status)) await this.#startWhatIsDue(uid, record, seen);
  }

  async #startWhatIsDue(uid: string, record: PodRecord, seen: Observed): Promise<void> {
    for (const { name } of record.pod.spec.containers) {
      const state = seen.get(name);
      const last = record.containers[name];
      const due = !last || (state?.kind === 'ended' && restarts(record.pod, state.exitCode));
      if (!due || (last && this.#now() - last.process.startedAtMs < RESTART_AFTER_MS)) continue;
      const attempt = await this.#start(uid, record.pod, { name, number: last ? last.number + 1 : 0 });
      await this.#records.change(
        uid,
        (now) => now && { ...now, containers: { ...now.containers, [name]: attempt } },
      );
    }
  }

  async #start(
    uid: string,
    pod: Pod,
    { name, number }: { readonly name: string; readonly number: number },
  ): Promise<Attempt> {
    const { command = [], args = [] } = pod.spec.containers.find((one) => one.name === name) ?? {};
    const place = this.#placeOf(pod, name);
    await mkdir(place.cwd, { recursive: true });
    const path = this.#pathOf(uid, { name, number });
    startProcess({ path, command: [...command, ...args], ...place });
    return { number, process: { path, startedAtMs: this.#now() } };
  }

  #placeOf({ metadata, spec }: Pod, name: string): Place {
    const { env = [] } = spec.containers.find((container) => container.name === name) ?? {};
    const variables = env.map(({ name: variable, value = '' }) => [variable, value]);
    return {
      cwd: join(this.#records.folder(metadata.uid), name),
      env: { PATH: process.env['PATH'] ?? '', ...Object.fromEntries(variables) },
    };
  }

  async #stop(uid: string, record: PodRecord, seen: Observed): Promise<void> {
    const { sinceMs = 0, graceSeconds = 0 } = record.stopping ?? {};
    const running = Object.entries(record.containers).filter(([name]) => seen.get(name)?.kind === 'running');
    const overdue = this.#now() - sinceMs >= graceSeconds * 1000;
    for (const [, { process }] of running) {
      if (overdue) signal(process, 'SIGKILL');
      else if (!this.#asked.has(process.path)) signal(process, 'SIGTERM');
      this.#asked.add(process.path);
    }
    if (running.length > 0) return;
    // On the disk before it is told: what was said to be gone never starts again.
    const gone = statusOf(record, seen);
    await this.#records.change(uid, (now) => now && { ...now, gone });
    this.#tellGone(uid, gone);
  }

  #pathOf(uid: string, { name, number }: { readonly name: string; readonly number: number }): string {
    return join(this.#records.folder(uid), `${name}.${number}`);
  }

  #observe({ containers }: PodRecord): Observed {
    const now = this.#now();
    return new Map(Object.entries(containers).map(([name, { process }]) => [name, observe(process, now)]));
  }

  #tellGone(uid: string, status: PodStatus | undefined): void {
    this.#options.uplink().gone({ uid, status });
  }

  /** Until the controller has recorded it, also by a later life of this program. */
  #tellEvent(uid: string, { untold }: PodRecord): void {
    if (!untold) return;
    const { uplink, log } = this.#options;
    uplink().event(untold, () => {
      this.#records
        .change(uid, (now) => now && { ...now, untold: undefined })
        .catch((err: unknown) => log.error({ uid, err }, 'this event will be told again'));
    });
  }

  #now(): number {
    return this.#options.clock.now();
  }
}
