// The agent's state folder: made for the owner's eyes only, and used by one agent at a time.
import { chmod, mkdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { LongshoreError } from '../../common/errors.ts';
import { lockFolder } from './folder-lock.ts';

export interface StateFolder extends AsyncDisposable {
  readonly dir: string;
  readonly identityFile: string;
  readonly podsDir: string;
  readonly messagesDir: string;
  readonly objectsDir: string;
  readonly sealingKeyFile: string;
  readonly volumesDir: string;
  readonly imageVolumesDir: string;
  readonly namesDir: string;
  readonly pulledImagesFile: string;
  readonly pinnedImagesFile: string;
  readonly ownerFile: string;
}

/** Throws `precondition` when another agent uses the folder, and `invalid` when it cannot be used. */
export async function openStateFolder(path: string): Promise<StateFolder> {
  const dir = resolve(path);
  const podsDir = join(dir, 'pods');
  const objectsDir = join(dir, 'objects');
  let lock: AsyncDisposable;
  try {
    for (const folder of [podsDir, objectsDir]) await mkdir(folder, { recursive: true, mode: 0o700 });
    if (!(await stat(dir)).isDirectory()) throw new Error('it is no folder');
    await chmod(dir, 0o700);
    lock = await lockFolder(join(dir, 'lock'));
  } catch (cause) {
    if (cause instanceof LongshoreError) throw cause;
    throw new LongshoreError(
      'invalid',
      `cannot use the state folder ${dir}: free or mend its disk, give another one with --state-dir, or run the agent as its owner`,
      { cause },
    );
  }
  return {
    dir,
    identityFile: join(dir, 'identity.json'),
    podsDir,
    messagesDir: join(dir, 'termination'),
    objectsDir,
    sealingKeyFile: join(dir, 'sealing-key'),
    volumesDir: join(dir, 'volumes'),
    imageVolumesDir: join(dir, 'image-volumes'),
    namesDir: join(dir, 'names'),
    pulledImagesFile: join(dir, 'pulled-images.json'),
    pinnedImagesFile: join(dir, 'pinned-images.json'),
    ownerFile: join(dir, 'pods-owner'),
    [Symbol.asyncDispose]: async () => lock[Symbol.asyncDispose](),
  };
}
