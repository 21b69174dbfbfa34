// What the workers need of the machine to give a pod its volumes. All of it is idempotent, and finds again what an agent
// that died has left half done.
import type { EnvFile } from '../pod/env-file.ts';
import type { FilesVolume } from '../pod/files-volume.ts';
import type { PodVolume, VolumeWish } from '../pod/pod-volume.ts';
import type { StorageUsage } from '../pod/storage-limits.ts';
import type { VolumeMount } from '../pod/volume-mounts.ts';
import type { VolumeUse } from '../stats/reading.ts';

export interface PodVolumes {
  /**
   * Makes what is not there yet, and replaces files that have changed. Resolves with what could not be made; rejects when
   * the signal aborts. With a wish for what comes over the network it may take its time.
   */
  setUp(
    podUid: string,
    wishes: readonly VolumeWish[],
    signal: AbortSignal,
  ): Promise<readonly VolumeFailure[]>;
  /** The pod sees what the image holds in this volume from now on. */
  showImage(podUid: string, volume: string, imageId: string, signal: AbortSignal): Promise<void>;
  /** The volume has been made before, and its files are still there. */
  hasFiles(podUid: string, volume: FilesVolume): Promise<boolean>;
  /** Where each of a container's mounts lies on this machine. Its volumes must have been set up. */
  sources(wish: MountsWish): Promise<MountSources>;
  /** What a container has left in a file of a volume. */
  read(wish: FileWish): Promise<EnvFile>;
  /** How much is kept in each emptyDir, by name. */
  usage(podUid: string, volumes: readonly PodVolume[]): Promise<StorageUsage['emptyDirs']>;
  /** What is kept in one; undefined where that is not for this agent to say. May take its time. */
  measure(podUid: string, volume: PodVolume, signal: AbortSignal): Promise<VolumeUse | undefined>;
  /** Takes all of a pod's volumes away, none of what is the machine's own. Rejects while something is in use. */
  tearDown(podUid: string): Promise<void>;
  /** Removes what was kept for several pods and none uses any more. */
  sweep(): Promise<void>;
  /** The UIDs of pods that have something here. */
  held(): Promise<readonly string[]>;
}

export interface ImageExport {
  /** Gives the files of an image, as a tar archive, to `use`. At most one at a time. */
  run(
    imageId: string,
    signal: AbortSignal,
    use: (archive: AsyncIterable<Uint8Array>) => Promise<void>,
  ): Promise<void>;
  /** Clears away what an interrupted one has left. Not while one runs. */
  tidy(): Promise<void>;
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

export interface FileWish {
  readonly podUid: string;
  readonly volume: PodVolume;
  readonly path: string;
}

export type MountSources =
  /** In the order of the mounts. */
  | { readonly kind: 'ok'; readonly sources: readonly string[] }
  /** What the container is to wait with. */
  | { readonly kind: 'problem'; readonly message: string };
