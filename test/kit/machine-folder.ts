// A folder that looks to the agent's readers like the /proc and /sys of a machine, for as long as a test wants it.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface MachineFolder extends AsyncDisposable {
  readonly root: string;
  /** Content by path, such as `sys/class/thermal/thermal_zone0/temp`. */
  write(files: Readonly<Record<string, string>>): Promise<void>;
}

export async function makeMachineFolder(
  files: Readonly<Record<string, string>> = {},
): Promise<MachineFolder> {
  const root = await mkdtemp(join(tmpdir(), 'longshore-machine-'));
  const folder: MachineFolder = {
    root,
    async write(more) {
      for (const [path, content] of Object.entries(more)) {
        await mkdir(dirname(join(root, path)), { recursive: true });
        await writeFile(join(root, path), `${content}\n`);
      }
    },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true }),
  };
  await folder.write(files);
  return folder;
}
