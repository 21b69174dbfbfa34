// The volumes of this agent's pods on this machine. Everything is made from what is asked for and what is there, so an
// agent that died half-way goes on; nothing is remembered.
import { mkdir, realpath } from 'node:fs/promises';
import { describeError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import type { PodVolume } from '../pod/pod-volume.ts';
import type { VolumeMount } from '../pod/volume-mounts.ts';
import { ensureEmptyDir } from './empty-dir.ts';
import { ensureHostPath } from './host-path.ts';
import { createMemoryFolder, type MemoryFolder } from './memory-folder.ts';
import type { Mounter } from './mounter.ts';
import { isPart, type PodFolders, podFolders } from './pod-folders.ts';
import { showSubPath } from './sub-path-mount.ts';
import { namesIn, removeFolders } from './tear-down.ts';
import { readVolumeFile } from './volume-file.ts';

const MAX_FILE_BYTES = 1024 * 1024;

export interface VolumesOptions {
  /** Below the agent's state folder. */
  readonly diskDir: string;
  /** Becomes a tmpfs of the agent's own. */
  readonly memoryDir: string;
  readonly mounter: Mounter;
  readonly log: Log;
}

export interface VolumeFailure {
  readonly volume: string;
  readonly message: string;
}

export interface MountsWish {
  readonly podUid: string;
  readonly container: string;
  readonly volumes: readonly PodVolume[];
  readonly mounts: readonly VolumeMount[];
}

export type MountSources =
  | { readonly kind: 'ok'; readonly sources: readonly string[] }
  | { readonly kind: 'problem'; readonly message: string };

export interface FileWish {
  readonly podUid: string;
  readonly volume: PodVolume;
  readonly path: string;
}

export type VolumeFile =
  | { readonly kind: 'found'; readonly text: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable' };

export interface Volumes {
  /** Makes what is not there yet. Resolves with what could not be made. */
  setUp(podUid: string, volumes: readonly PodVolume[]): Promise<readonly VolumeFailure[]>;
  /** Where each of a container's mounts lies on this machine, in their order. Its volumes must have been set up. */
  sources(wish: MountsWish): Promise<MountSources>;
  /** What a container has left in a file of a volume. */
  read(wish: FileWish): Promise<VolumeFile>;
  /** Takes all of a pod's volumes away, none of what is the machine's own. Rejects while something is in use. */
  tearDown(podUid: string): Promise<void>;
  /** The UIDs of pods that have something here. */
  held(): Promise<readonly string[]>;
}

export async function openVolumes({ diskDir, memoryDir, mounter, log }: VolumesOptions): Promise<Volumes> {
  await mkdir(diskDir, { recursive: true, mode: 0o700 });
  const memory = createMemoryFolder(memoryDir, mounter);
  const roots = { disk: await realpath(diskDir), memory: memoryDir };
  return {
    async setUp(podUid, volumes) {
      const folders = podFolders(roots, podUid);
      const failures: VolumeFailure[] = [];
      for (const volume of volumes) {
        try {
          await ensureVolume(volume, { folders, memory, mounter });
        } catch (error) {
          failures.push({ volume: volume.name, message: describeError(error) });
        }
      }
      return failures;
    },
    async sources({ podUid, container, volumes, mounts }) {
      const folders = podFolders(roots, podUid);
      const sources: string[] = [];
      for (const [index, { volume: name, subPath }] of mounts.entries()) {
        const volume = volumePath(
          volumes.find((candidate) => candidate.name === name),
          folders,
        );
        const target = folders.subPath(container, index);
        if (subPath !== '') {
          try {
            await memory.ensure();
            await showSubPath({ volume, subPath, target }, mounter);
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
    async tearDown(podUid) {
      const { disk, memory: inMemory } = podFolders(roots, podUid);
      await removeFolders([disk, inMemory], mounter);
    },
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
}

async function ensureVolume(volume: PodVolume, { folders, memory, mounter }: Place): Promise<void> {
  switch (volume.kind) {
    case 'empty-dir':
      if (volume.memory) await memory.ensure();
      return await ensureEmptyDir(volume, folders, mounter);
    case 'host-path':
      return await ensureHostPath(volume);
    case 'refused':
      return;
    default:
      volume satisfies never;
  }
}

function volumePath(volume: PodVolume | undefined, folders: PodFolders): string {
  switch (volume?.kind) {
    case 'empty-dir':
      return volume.memory ? folders.memoryVolume(volume.name) : folders.diskVolume(volume.name);
    case 'host-path':
      return volume.path;
    default:
      throw new Error(`a ${volume?.kind ?? 'missing'} volume has no place on the machine`);
  }
}
