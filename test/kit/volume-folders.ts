// Volumes in folders of the test's own, taken away with whatever is still mounted in them. Mounting needs root.
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ImageExport, PodVolumes } from '../../agent/runtime/pod-volumes.ts';
import { mountsBelow, readMounts } from '../../agent/volumes/mount-table.ts';
import { systemMounter } from '../../agent/volumes/mounter.ts';
import { openVolumes } from '../../agent/volumes/volumes.ts';
import { createLog } from '../../common/log.ts';

/** There is no engine. */
export const NO_EXPORT: ImageExport = {
  run: () => Promise.reject(new Error('there is no engine here')),
  tidy: async () => {},
};

export interface VolumeFolders extends AsyncDisposable {
  readonly dir: string;
  readonly diskDir: string;
  readonly memoryDir: string;
  /** A path of the machine's own, for hostPaths. */
  readonly machineDir: string;
  /** As a restarted agent does. */
  open(): Promise<PodVolumes>;
  /** The paths of what is mounted below the test's folders. */
  mounted(): Promise<readonly string[]>;
}

export async function volumeFolders(): Promise<VolumeFolders> {
  const dir = await mkdtemp(join(tmpdir(), 'longshore-volumes-'));
  const memoryDir = join('/run/longshore-test', randomUUID());
  const diskDir = join(dir, 'volumes');
  const machineDir = join(dir, 'machine');
  await mkdir(machineDir);
  const mounted = async () => {
    const mounts = await readMounts();
    return [dir, memoryDir].flatMap((folder) =>
      mountsBelow(mounts, folder).map(({ mountPoint }) => mountPoint),
    );
  };
  return {
    dir,
    diskDir,
    memoryDir,
    machineDir,
    open: () =>
      openVolumes({
        diskDir,
        memoryDir,
        imagesDir: join(dir, 'images'),
        exporter: NO_EXPORT,
        mounter: systemMounter,
        log: createLog({ name: 'test', level: 'silent' }),
      }),
    mounted,
    async [Symbol.asyncDispose]() {
      for (const path of await mounted()) await systemMounter.unmount(path);
      for (const folder of [dir, memoryDir]) await rm(folder, { recursive: true, force: true });
    },
  };
}
