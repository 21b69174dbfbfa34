// The records of all pods, on the disk and in memory. Changes are made one after the other, each to what the one before has
// left, and count once they are on the disk.
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PodRecord } from './pod-record.ts';

type Change = (record: PodRecord | undefined) => PodRecord | undefined;

export class PodRecords {
  readonly #dir: string;
  readonly #records = new Map<string, PodRecord>();
  #changing: Promise<unknown> = Promise.resolve();

  private constructor(dir: string) {
    this.#dir = dir;
  }

  static async open(dir: string): Promise<PodRecords> {
    const records = new PodRecords(dir);
    await mkdir(dir, { recursive: true, mode: 0o700 });
    for (const uid of await readdir(dir)) {
      const text = await readFile(records.#file(uid), 'utf8').catch(() => undefined);
      if (text !== undefined) records.#records.set(uid, JSON.parse(text) as PodRecord);
    }
    return records;
  }

  get(uid: string): PodRecord | undefined {
    return this.#records.get(uid);
  }

  all(): readonly (readonly [uid: string, record: PodRecord])[] {
    return [...this.#records];
  }

  /** Where the files of a pod are. */
  folder(uid: string): string {
    return join(this.#dir, uid);
  }

  /** Resolves with the record as it is on the disk by then. Who changes nothing gives back what he was given. */
  change(uid: string, change: Change): Promise<PodRecord | undefined> {
    return this.#next(async () => {
      const before = this.#records.get(uid);
      const after = change(before);
      if (!after || after === before) return before;
      await mkdir(this.folder(uid), { recursive: true, mode: 0o700 });
      const file = this.#file(uid);
      await writeFile(`${file}.tmp`, JSON.stringify(after), { mode: 0o600, flush: true });
      await rename(`${file}.tmp`, file);
      this.#records.set(uid, after);
      return after;
    });
  }

  forget(uid: string): Promise<void> {
    return this.#next(async () => {
      await rm(this.folder(uid), { recursive: true, force: true });
      this.#records.delete(uid);
    });
  }

  #next<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#changing.then(work);
    this.#changing = done.catch(() => {});
    return done;
  }

  #file(uid: string): string {
    return join(this.folder(uid), 'pod.json');
  }
}
