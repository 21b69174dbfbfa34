// The API's objects that this machine's pods refer to, kept for a start without the controller: one sealed file each.
// Names and contents are readable with the key alone. What cannot be opened is removed: the controller has it still.
import { createCipheriv, createDecipheriv, createHash, type KeyObject, randomBytes } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readBoundedBytes, removeFile, TEMPORARY_SUFFIX, writeFileAtomic } from './atomic-file.ts';

export interface StoredObject {
  readonly key: string;
  /** Undefined: the API server has none. */
  readonly found?: { readonly revision: string; readonly json: string };
}

export interface ObjectStore {
  load(): Promise<{ readonly objects: readonly StoredObject[]; readonly unreadable: number }>;
  /** Durable when it resolves. Saves of one key must not overlap. */
  save(object: StoredObject): Promise<void>;
  /** Durable when it resolves; does nothing when there is none. */
  remove(key: string): Promise<void>;
}

/** An object may have 1.5 MiB, which quoting may double. */
const MAX_BYTES = 4 << 20;
const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SUFFIX = '.sealed';

export function createObjectStore(folder: string, sealingKey: KeyObject): ObjectStore {
  return {
    async load() {
      const objects: StoredObject[] = [];
      let unreadable = 0;
      for (const name of (await readdir(folder)).sort()) {
        const file = join(folder, name);
        if (name.endsWith(TEMPORARY_SUFFIX)) await rm(file, { force: true });
        if (!name.endsWith(SUFFIX)) continue;
        const object = await open(file, name, sealingKey);
        if (object) {
          objects.push(object);
        } else {
          unreadable++;
          await rm(file, { force: true });
        }
      }
      return { objects, unreadable };
    },
    async save(object) {
      const name = fileName(object.key);
      await writeFileAtomic(join(folder, name), seal(JSON.stringify(object), name, sealingKey));
    },
    remove: (key) => removeFile(join(folder, fileName(key))),
  };
}

function fileName(key: string): string {
  return `${createHash('sha256').update(key).digest('hex').slice(0, 40)}${SUFFIX}`;
}

/** Bound to its file's name: one file put in the place of another does not open. */
function seal(text: string, name: string, key: KeyObject): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(name));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
}

async function open(file: string, name: string, key: KeyObject): Promise<StoredObject | undefined> {
  try {
    const bytes = (await readBoundedBytes(file, MAX_BYTES)) ?? Buffer.alloc(0);
    const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(name));
    decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    const sealed = bytes.subarray(NONCE_BYTES + TAG_BYTES);
    const text = Buffer.concat([decipher.update(sealed), decipher.final()]).toString('utf8');
    return decode(JSON.parse(text));
  } catch {
    // The reason could quote what was in it.
    return undefined;
  }
}

function decode(value: Partial<StoredObject>): StoredObject | undefined {
  const { key, found } = value;
  if (typeof key !== 'string') return undefined;
  if (found === undefined) return { key };
  const { revision, json } = found;
  return typeof revision === 'string' && typeof json === 'string' ? { key, found } : undefined;
}
