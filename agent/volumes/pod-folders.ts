// Where a pod's volumes lie: on the disk below the agent's state folder, in memory below a tmpfs of the agent's own.
import { join } from 'node:path';
import { LongshoreError } from '../../common/errors.ts';

export interface PodFolders {
  /** Below it nothing but what containers wrote. */
  readonly disk: string;
  readonly memory: string;
  diskVolume(name: string): string;
  /** Where a volume is made, before it is renamed into its place. */
  unfinishedVolume(name: string): string;
  memoryVolume(name: string): string;
  /** There once the volume has been given to the pod's group. */
  ownedMark(name: string): string;
  /** Links to what images hold. */
  readonly images: string;
  imageVolume(name: string): string;
  /** Where one mount of a container shows a part of a volume. */
  subPath(container: string, index: number): string;
}

/** As Kubernetes names pods' UIDs, volumes and containers: never a path. */
const PART = /^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/;

export function podFolders(
  roots: { readonly disk: string; readonly memory: string },
  podUid: string,
): PodFolders {
  const disk = join(roots.disk, part(podUid));
  const memory = join(roots.memory, part(podUid));
  return {
    disk,
    memory,
    ownedMark: (name) => join(disk, 'owned', part(name)),
    images: join(disk, 'images'),
    imageVolume: (name) => join(disk, 'images', part(name)),
    diskVolume: (name) => join(disk, 'volumes', part(name)),
    unfinishedVolume: (name) => join(disk, 'unfinished', part(name)),
    memoryVolume: (name) => join(memory, 'volumes', part(name)),
    subPath: (container, index) => join(memory, 'sub-paths', part(container), String(index)),
  };
}

export function isPart(name: string): boolean {
  return PART.test(name);
}

function part(name: string): string {
  if (!isPart(name)) throw new LongshoreError('invalid', `'${name.slice(0, 128)}' is no name for a folder`);
  return name;
}
