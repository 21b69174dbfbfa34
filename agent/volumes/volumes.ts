// The volumes of this agent's pods on this machine. Everything is made from what is asked for and what is there, so an
// agent that died half-way goes on; nothing is remembered.
import { mkdir, realpath } from 'node:fs/promises';
import { describeError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import type { PodVolume, VolumeWish } from '../pod/pod-volume.ts';
import type { ImageExport, PodVolumes, VolumeFailure } from '../runtime/pod-volumes.ts';
import { isWritten, writeFolder } from './atomic-folder.ts';
import { ensureEmptyDir } from './empty-dir.ts';
import { fileSystemBytes, folderBytes } from './folder-usage.ts';
import { ensureHostPath } from './host-path.ts';
import { createImageContents } from './image-contents.ts';
import { ensureLocal } from './local-volume.ts';
import { createMemoryFolder, type MemoryFolder } from './memory-folder.ts';
import type { Mounter } from './mounter.ts';
import { ensureNfs } from './nfs-volume.ts';
import { isPart, type PodFolders, podFolders } from './pod-folders.ts';
import { showSubPath } from './sub-path-mount.ts';
import { namesIn, removeFolders } from './tear-down.ts';
import { readVolumeFile } from './volume-file.ts';
import { measureVolume } from './volume-use.ts';

const MAX_FILE_BYTES = 1024 * 1024;

export interface VolumesOptions {
  /** Below the agent's state folder. */
  readonly diskDir: string;
  /** Becomes a tmpfs of the agent's own. */
  readonly memoryDir: string;
  /** Where the contents of images lie that pods mount. */
  readonly imagesDir: string;
  readonly exporter: ImageExport;
  readonly mounter: Mounter;
  readonly log: Log;
}

export interface AgentVolumes extends PodVolumes {
  /** The ids of images that pods see in volumes. */
  imagesInUse(): Promise<ReadonlySet<string>>;
}

export async function openVolumes(options: VolumesOptions): Promise<AgentVolumes> {
  const { diskDir, memoryDir, imagesDir, exporter, mounter, log } = options;
  await mkdir(diskDir, { recursive: true, mode: 0o700 });
  const memory = createMemoryFolder(memoryDir, mounter);
  const roots = { disk: await realpath(diskDir), memory: memoryDir };
  const images = createImageContents({ dir: imagesDir, podRoots: roots, exporter });
  return {
    async setUp(podUid, wishes, signal) {
      const folders = podFolders(roots, podUid);
      const failures: VolumeFailure[] = [];
      for (const wish of wishes) {
        try {
          await ensureVolume(wish, { folders, memory, mounter, signal });
        } catch (error) {
          signal.throwIfAborted();
          failures.push({ volume: wish.name, message: describeError(error) });
        }
      }
      return failures;
    },
    showImage: (podUid, volume, imageId, signal) =>
      images.show(imageId, podFolders(roots, podUid).imageVolume(volume), signal),
    imagesInUse: () => images.used(),
    hasFiles: (podUid, volume) => isWritten(volumePath(volume, podFolders(roots, podUid))),
    async sources({ podUid, container, volumes, mounts }) {
      const folders = podFolders(roots, podUid);
      const sources: string[] = [];
      for (const [index, { volume: name, subPath }] of mounts.entries()) {
        const found = volumes.find((candidate) => candidate.name === name);
        const volume = await realPath(found, folders);
        const target = folders.subPath(container, index);
        if (subPath !== '') {
          try {
            // Whoever asks a server that is gone for a file waits for ever, and so do all others soon.
            if (found?.kind === 'nfs') await mounter.answers(volume);
            await memory.ensure();
            await showSubPath({ volume, subPath, target, makes: found?.kind !== 'image' }, mounter);
          } catch (error) {
            // What it says of the machine's files is for the machine's owner.
            log.warn({ podUid, volume: name, error: describeError(error) }, 'cannot prepare a subPath');
            const message = `failed to prepare subPath for volumeMount "${name}" of container "${container}"`;
            return { kind: 'problem', message };
          }
        }
        sources.push(subPath === '' ? volume : target);
      }
      return { kind: 'ok', sources };
    },
    async read({ podUid, volume, path }) {
      try {
        const folder = volumePath(volume, podFolders(roots, podUid));
        const text = await readVolumeFile(folder, path, MAX_FILE_BYTES);
        return text === undefined ? { kind: 'absent' } : { kind: 'found', text };
      } catch (error) {
        log.warn(
          { podUid, volume: volume.name, error: describeError(error) },
          'cannot read a file of a volume',
        );
        return { kind: 'unreadable' };
      }
    },
    async usage(podUid, volumes) {
      const folders = podFolders(roots, podUid);
      const usage = new Map<string, { bytes: number; onDisk: boolean }>();
      for (const volume of volumes) {
        if (volume.kind !== 'empty-dir') continue;
        const path = volumePath(volume, folders);
        const bytes = await (volume.memory ? fileSystemBytes(path) : folderBytes(path));
        usage.set(volume.name, { bytes, onDisk: !volume.memory });
      }
      return usage;
    },
    measure: (podUid, volume, signal) =>
      measureVolume(volume, () => volumePath(volume, podFolders(roots, podUid)), signal),
    async tearDown(podUid) {
      const { disk, memory: inMemory } = podFolders(roots, podUid);
      await removeFolders([disk, inMemory], mounter);
    },
    sweep: () => images.sweep(),
    async held() {
      const names = [...(await namesIn(roots.disk)), ...(await namesIn(roots.memory))];
      return [...new Set(names.filter(isPart))];
    },
  };
}

interface Place {
  readonly folders: PodFolders;
  readonly memory: MemoryFolder;
  readonly mounter: Mounter;
  readonly signal: AbortSignal;
}

async function ensureVolume(wish: VolumeWish, place: Place): Promise<void> {
  const { folders, memory, mounter } = place;
  switch (wish.kind) {
    case 'empty-dir':
      if (wish.memory) await memory.ensure();
      return await ensureEmptyDir(wish, folders, mounter);
    case 'host-path':
      return await ensureHostPath(wish);
    case 'local':
      return await ensureLocal(wish, folders);
    case 'nfs':
      return await ensureNfs(wish, folders, place);
    case 'files':
      if (wish.inMemory) await memory.ensure();
      return await writeFolder({ path: volumePath(wish, folders), group: wish.group }, wish.files);
    default:
      wish satisfies never;
  }
}

/** An image's content is reached by a link of the pod's. */
async function realPath(volume: PodVolume | undefined, folders: PodFolders): Promise<string> {
  const path = volumePath(volume, folders);
  return volume?.kind === 'image' ? await realpath(path) : path;
}

function volumePath(volume: PodVolume | undefined, folders: PodFolders): string {
  switch (volume?.kind) {
    case 'empty-dir':
      return volume.memory ? folders.memoryVolume(volume.name) : folders.diskVolume(volume.name);
    case 'host-path':
    case 'local':
      return volume.path;
    case 'image':
      return folders.imageVolume(volume.name);
    case 'nfs':
      return folders.diskVolume(volume.name);
    case 'files':
      return volume.inMemory ? folders.memoryVolume(volume.name) : folders.diskVolume(volume.name);
    default:
      throw new Error(`a ${volume?.kind ?? 'missing'} volume has no place on the machine`);
  }
}
