// One pod's record and the events that are to be told of it. What changes the record is written together with the events
// it means, and only then they are told; the next run of the agent tells again what nobody has confirmed.
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../common/clock.ts';
import { describeError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import type { Uplink } from '../link/pod-host.ts';
import type { PodRecord } from '../pod/pod-record.ts';
import type { PodEvent } from '../pod/status-events.ts';
import { EventRecorder } from './event-recorder.ts';
import { type PodRecords, RecordKeeper } from './record-keeper.ts';

export interface PodLedgerDeps {
  readonly store: Pick<PodRecords, 'save'>;
  readonly uplink: Pick<Uplink, 'event'>;
  readonly clock: Clock;
  readonly log: Log;
}

export type Change = (record: PodRecord) => PodRecord;

export class PodLedger {
  readonly #log: Log;
  readonly #keeper: RecordKeeper;
  readonly #events: EventRecorder;
  #closed = false;

  /** `stored`: the record comes from the store; otherwise it is put there first. */
  constructor({ store, uplink, clock, log }: PodLedgerDeps, record: PodRecord, stored: boolean) {
    this.#log = log;
    this.#keeper = new RecordKeeper(store, record, stored);
    this.#events = new EventRecorder({
      clock,
      send: (event, done) => uplink.event(event, done),
      untold: record.untold,
      confirmed: () => this.#untoldChanged(),
    });
  }

  get record(): PodRecord {
    return this.#keeper.current;
  }

  /** Resolves when everything noted so far is on the disk. */
  settled(): Promise<void> {
    return this.#keeper.settled();
  }

  /** Durable when it resolves, and so are the events of it: only then they are told. Once closed, nothing changes. */
  async change(change: Change, events: readonly PodEvent[] = []): Promise<PodRecord> {
    if (this.#closed) return this.record;
    const noted = this.#events.note(events);
    try {
      const changed = await this.#keeper.update((record) => {
        const next = change(record);
        return next === record ? record : { ...next, untold: this.#events.untold };
      });
      this.#events.tell(changed.pod, noted);
      return changed;
    } catch (error) {
      this.#events.takeBack(noted);
      throw error;
    }
  }

  /** Tells it at once; it is kept with the next change, or by `keepUntold`. */
  emit(event: PodEvent): void {
    this.#events.record(this.record.pod, event);
  }

  /** The same, and it is kept soon though nothing else changes. */
  emitAlone(event: PodEvent): void {
    this.emit(event);
    this.#untoldChanged();
  }

  /** What an earlier run has told, or was about to, and the controller has not confirmed. */
  tellAgain(): void {
    this.#events.tellAgain(this.record.pod);
  }

  /** What the controller may not have heard of is on the disk when it resolves. */
  async keepUntold(): Promise<void> {
    await this.#keeper.update((record) => {
      const { untold } = this.#events;
      return isDeepStrictEqual(record.untold, untold) ? record : { ...record, untold };
    });
  }

  /** Nothing is written once it resolves: the record may be removed. */
  async close(): Promise<void> {
    await this.keepUntold().catch(() => {});
    this.#closed = true;
    await this.settled().catch(() => {});
  }

  #untoldChanged(): void {
    if (this.#closed) return;
    this.keepUntold().catch((error: unknown) => {
      this.#log.warn({ error: describeError(error) }, 'what a pod has told could not be written down');
    });
  }
}
