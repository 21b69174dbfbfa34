// The pods this machine has taken on, one JSON file per UID, so that a restart finds them. A damaged file is moved aside
// and told of; the others load all the same.
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { decodePersistentVolume } from '../../common/claim.ts';
import { LongshoreError } from '../../common/errors.ts';
import { areNotes } from '../pod/container-notes.ts';
import { isMoment } from '../pod/moment.ts';
import type { PodRecord } from '../pod/pod-record.ts';
import { malformedField } from '../pod/pod-shape.ts';
import { areUntold } from '../pod/untold-events.ts';
import { readBoundedFile, removeFile, TEMPORARY_SUFFIX, writeFileAtomic } from './atomic-file.ts';

export interface PodStore {
  load(): Promise<StoredPods>;
  /** Durable when it resolves. Saves of one pod must not overlap. */
  save(record: PodRecord): Promise<void>;
  /** Durable when it resolves; does nothing when there is none. */
  remove(uid: string): Promise<void>;
}

export interface StoredPods {
  readonly records: readonly PodRecord[];
  readonly damaged: readonly DamagedRecord[];
}

export interface DamagedRecord {
  readonly uid: string;
  readonly reason: string;
  /** Where its file lies now. */
  readonly movedTo: string;
}

/** A pod may have 1.5 MiB and its status 256 KiB, which a record may hold twice. */
const MAX_BYTES = 4 << 20;
const UID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const SUFFIX = '.json';

export function createPodStore(folder: string): PodStore {
  return {
    load: () => load(folder),
    async save(record) {
      const text = `${JSON.stringify(record)}\n`;
      if (Buffer.byteLength(text) > MAX_BYTES) {
        const message = `the record of pod ${record.uid} is too large to keep: at most ${MAX_BYTES} bytes`;
        throw new LongshoreError('exhausted', message);
      }
      await writeFileAtomic(fileOf(folder, record.uid), text);
    },
    remove: (uid) => removeFile(fileOf(folder, uid)),
  };
}

function fileOf(folder: string, uid: string): string {
  if (!UID.test(uid)) throw new LongshoreError('invalid', `'${uid.slice(0, 128)}' is no pod UID`);
  return join(folder, `${uid}${SUFFIX}`);
}

async function load(folder: string): Promise<StoredPods> {
  const records: PodRecord[] = [];
  const damaged: DamagedRecord[] = [];
  for (const name of (await readdir(folder)).sort()) {
    const file = join(folder, name);
    if (name.endsWith(TEMPORARY_SUFFIX)) await rm(file, { force: true });
    if (!name.endsWith(SUFFIX)) continue;
    const uid = name.slice(0, -SUFFIX.length);
    try {
      const text = await readBoundedFile(file, MAX_BYTES);
      if (text !== undefined) records.push(decodeRecord(JSON.parse(text), uid));
    } catch (error) {
      const movedTo = `${file}.damaged`;
      await rename(file, movedTo);
      damaged.push({ uid, reason: (error as Error).message, movedTo });
    }
  }
  return { records, damaged };
}

function decodeRecord(value: unknown, uid: string): PodRecord {
  const record = value as Partial<PodRecord> | null;
  const metadata = record?.pod?.metadata;
  const complaint =
    record?.uid !== uid || metadata?.uid !== uid
      ? 'it is of another pod'
      : typeof metadata.name !== 'string' || typeof metadata.namespace !== 'string'
        ? 'its pod has no name'
        : !Array.isArray(record.pod?.spec?.containers)
          ? 'its pod has no containers'
          : !isMoment(record.accepted) || (record.stopping && !isMoment(record.stopping.since))
            ? 'it does not say since when'
            : !areNotes(record.notes)
              ? 'its notes are malformed'
              : !areClaims(record.claims)
                ? 'its claims are malformed'
                : !areUntold(record.untold)
                  ? 'its events are malformed'
                  : misshapen(record);
  if (complaint) throw new Error(complaint);
  return record as PodRecord;
}

function areClaims(claims: PodRecord['claims']): boolean {
  return Object.values(claims ?? {}).every((volume) => decodePersistentVolume(volume) !== undefined);
}

function misshapen({ pod, status }: Partial<PodRecord>): string | undefined {
  const field = malformedField(pod) ?? malformedField({ status });
  return field && `its ${field} is malformed`;
}
