// What a container keeps on the disk beside its image and its volumes: its own layer, which Docker measures, and its logs.
import { stat } from 'node:fs/promises';
import type Docker from 'dockerode';

/** More rotated logs than are ever kept. */
const MAX_LOGS = 10;

export async function writtenBytes(container: Docker.Container): Promise<number> {
  const options: Docker.ContainerInspectOptions & { readonly size: boolean } = { size: true };
  const found: Docker.ContainerInspectInfo & { readonly SizeRw?: number } = await container.inspect(options);
  return (found.SizeRw ?? 0) + (await logBytes(found.LogPath));
}

/** Docker keeps `…-json.log`, `…-json.log.1` and so on. An agent that may not see them counts none. */
async function logBytes(path: string | undefined): Promise<number> {
  if (!path) return 0;
  let bytes = 0;
  for (let number = 0; number < MAX_LOGS; number++) {
    const found = await stat(number === 0 ? path : `${path}.${number}`).catch(() => undefined);
    if (!found) break;
    bytes += found.size;
  }
  return bytes;
}
