// What a container keeps on the disk beside its image and its volumes: its own layer, which Docker measures, and its logs.
import { stat } from 'node:fs/promises';
import type Docker from 'dockerode';
import type { Written } from '../stats/reading.ts';

/** More rotated logs than are ever kept. */
const MAX_LOGS = 10;

export async function measureWritten(container: Docker.Container): Promise<Written> {
  const options: Docker.ContainerInspectOptions & { readonly size: boolean } = { size: true };
  const found: Docker.ContainerInspectInfo & { readonly SizeRw?: number } = await container.inspect(options);
  return { layerBytes: found.SizeRw ?? 0, logBytes: await logBytes(found.LogPath) };
}

export function bytesOf({ layerBytes, logBytes = 0 }: Written): number {
  return layerBytes + logBytes;
}

/** Docker keeps `…-json.log`, `…-json.log.1` and so on. Undefined: this agent may not see them, or there are none. */
async function logBytes(path: string | undefined): Promise<number | undefined> {
  if (!path) return undefined;
  let bytes: number | undefined;
  for (let number = 0; number < MAX_LOGS; number++) {
    const found = await stat(number === 0 ? path : `${path}.${number}`).catch(() => undefined);
    if (!found) break;
    bytes = (bytes ?? 0) + found.size;
  }
  return bytes;
}
