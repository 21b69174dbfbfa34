// What a container keeps on the disk beside its image and its volumes: its own layer, which Docker measures, and its logs.
import { stat } from 'node:fs/promises';
import type Docker from 'dockerode';
import { known } from '../../common/known.ts';
import type { Written } from '../stats/reading.ts';

/** More rotated logs than are ever kept. */
const MAX_LOGS = 10;

export async function measureWritten(container: Docker.Container): Promise<Written> {
  const options: Docker.ContainerInspectOptions & { readonly size: boolean } = { size: true };
  const found: Docker.ContainerInspectInfo & { readonly SizeRw?: number } = await container.inspect(options);
  return { layerBytes: found.SizeRw ?? 0, ...known({ log: await measureLog(found.LogPath) }) };
}

export function bytesOf({ layerBytes, log }: Written): number {
  return layerBytes + (log?.bytes ?? 0);
}

/** Docker keeps `…-json.log`, `…-json.log.1` and so on. Undefined: this agent may not see them, or there are none. */
async function measureLog(path: string | undefined): Promise<Written['log']> {
  if (!path) return undefined;
  let [bytes, files] = [0, 0];
  for (; files < MAX_LOGS; files++) {
    const found = await stat(files === 0 ? path : `${path}.${files}`).catch(() => undefined);
    if (!found) break;
    bytes += found.size;
  }
  return files === 0 ? undefined : { bytes, files };
}
