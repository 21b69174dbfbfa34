// One pod's record, in memory and in the store: every change is on the disk before anything acts on it, and changes
// are applied one after another.
import type { PodRecord } from '../pod/pod-record.ts';

/** The agent's state folder, as far as pods go. */
export interface PodRecords {
  /** A record that cannot be read is told, and keeps no other from being read. */
  load(): Promise<{
    readonly records: readonly PodRecord[];
    readonly damaged: readonly { readonly uid: string; readonly reason: string }[];
  }>;
  /** Durable when it resolves. */
  save(record: PodRecord): Promise<void>;
  /** Durable when it resolves; nothing happens when there is none. */
  remove(uid: string): Promise<void>;
}

export class RecordKeeper {
  readonly #store: Pick<PodRecords, 'save'>;
  #current: PodRecord;
  #tail: Promise<unknown>;

  /** `stored`: the record comes from the store; otherwise it is put there first. */
  constructor(store: Pick<PodRecords, 'save'>, record: PodRecord, stored: boolean) {
    this.#store = store;
    this.#current = record;
    this.#tail = Promise.resolve(stored ? undefined : store.save(record));
    this.#tail.catch(() => {});
  }

  get current(): PodRecord {
    return this.#current;
  }

  /** Resolves when everything asked for so far is on the disk. */
  async settled(): Promise<void> {
    await this.#tail;
  }

  /** `change` gives the same object when there is nothing to change; then nothing is written. */
  update(change: (record: PodRecord) => PodRecord): Promise<PodRecord> {
    const write = async () => {
      const next = change(this.#current);
      if (next !== this.#current) {
        await this.#store.save(next);
        this.#current = next;
      }
      return this.#current;
    };
    const written = this.#tail.then(write, write);
    this.#tail = written;
    written.catch(() => {});
    return written;
  }
}
