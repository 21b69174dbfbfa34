// What images hold, unpacked once for all pods of this machine that mount them as volumes: a folder for each image, read
// by many and written by nobody. A pod's use of one is a link in its own folder, so who uses what is known after a crash;
// what no pod links to is removed.
import { mkdir, readlink, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { LongshoreError } from '../../common/errors.ts';
import { Turns } from '../../common/turns.ts';
import type { ImageExport } from '../runtime/pod-volumes.ts';
import { isPart, podFolders } from './pod-folders.ts';
import { namesIn } from './tear-down.ts';
import { unpack } from './unpack.ts';

export interface ImageContents {
  /** The pod sees the image at `link` from now on; once it sees one there that stays. */
  show(imageId: string, link: string, signal: AbortSignal): Promise<void>;
  /** Removes what no pod uses. */
  sweep(): Promise<void>;
  /** The ids of images that pods use. */
  used(): Promise<ReadonlySet<string>>;
}

export interface ImageContentsOptions {
  readonly dir: string;
  /** Where pods have their folders. */
  readonly podRoots: { readonly disk: string; readonly memory: string };
  readonly exporter: ImageExport;
}

const UNFINISHED = 'unfinished';

export function createImageContents({ dir, podRoots, exporter }: ImageContentsOptions): ImageContents {
  // One at a time: nothing is removed while somebody is about to link to it.
  const turns = new Turns(1);
  const inTurn = async <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> => {
    const endTurn = await turns.take(signal);
    return await work().finally(endTurn);
  };

  async function ensure(imageId: string, signal: AbortSignal): Promise<string> {
    const name = folderName(imageId);
    const path = join(dir, name);
    if ((await namesIn(dir)).includes(name)) return path;
    const unfinished = join(dir, UNFINISHED);
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished, { recursive: true, mode: 0o755 });
    await exporter.run(imageId, signal, (archive) => unpack(archive, unfinished, signal));
    await rename(unfinished, path);
    return path;
  }

  async function linked(): Promise<ReadonlySet<string>> {
    const pods = (await namesIn(podRoots.disk)).filter(isPart);
    const names = await Promise.all(pods.map((uid) => linkedBy(podFolders(podRoots, uid).images)));
    return new Set(names.flat());
  }

  return {
    show: (imageId, link, signal) =>
      inTurn(signal, async () => {
        if ((await namesIn(dirname(link))).includes(basename(link))) return;
        const path = await ensure(imageId, signal);
        // The pod's folders may be about to go.
        signal.throwIfAborted();
        await mkdir(dirname(link), { recursive: true, mode: 0o700 });
        await symlink(path, link);
      }),
    sweep: () =>
      inTurn(NEVER, async () => {
        await exporter.tidy();
        const names = await namesIn(dir);
        const used = names.length > 0 ? await linked() : new Set();
        for (const name of names) {
          if (used.has(name)) continue;
          // Half of it is never found under its name.
          await rm(join(dir, UNFINISHED), { recursive: true, force: true });
          if (name === UNFINISHED) continue;
          await rename(join(dir, name), join(dir, UNFINISHED));
          await rm(join(dir, UNFINISHED), { recursive: true, force: true });
        }
      }),
    used: async () => new Set([...(await linked())].flatMap((name) => [name, `${ALGORITHM}${name}`])),
  };
}

const NEVER = new AbortController().signal;
const ALGORITHM = 'sha256:';

function folderName(imageId: string): string {
  const name = imageId.startsWith(ALGORITHM) ? imageId.slice(ALGORITHM.length) : imageId;
  if (!isPart(name)) throw new LongshoreError('invalid', `'${name.slice(0, 128)}' is no image’s id`);
  return name;
}

async function linkedBy(folder: string): Promise<readonly string[]> {
  const targets = (await namesIn(folder)).map((link) => readlink(join(folder, link)).catch(ifThere));
  return (await Promise.all(targets)).flatMap((target) => target ?? []).map((target) => basename(target));
}

/** The pod may be going. */
function ifThere(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
