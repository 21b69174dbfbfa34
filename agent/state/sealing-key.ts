// The key that seals what this agent keeps of secrets. Half of it lies in the state folder, half is the machine itself,
// so a copy of the folder alone opens nothing. Whoever has the machine has both.
import { createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto';
import { LongshoreError } from '../../common/errors.ts';
import { readBoundedFile, writeFileAtomic } from './atomic-file.ts';

const KEY_BYTES = 32;
const PURPOSE = 'longshore agent: objects';
const HEX = /^[0-9a-f]{64}$/;

/** `machine`: what this machine is told from all others by. Makes the file when there is none. */
export async function openSealingKey(file: string, machine: string): Promise<KeyObject> {
  const secret = await loadOrCreate(file);
  return createSecretKey(Buffer.from(hkdfSync('sha256', secret, machine, PURPOSE, KEY_BYTES)));
}

async function loadOrCreate(file: string): Promise<Buffer> {
  const text = (await readBoundedFile(file, 1024))?.trim();
  if (text !== undefined) {
    if (HEX.test(text)) return Buffer.from(text, 'hex');
    throw new LongshoreError(
      'invalid',
      `${file} is no key: remove it, and what it sealed is fetched anew from the controller`,
    );
  }
  const secret = randomBytes(KEY_BYTES);
  await writeFileAtomic(file, `${secret.toString('hex')}\n`);
  return secret;
}
