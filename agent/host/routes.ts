// The machine's IPv4 routes, as the kernel lists them.
import { readFile } from 'node:fs/promises';

export async function readRoutes(): Promise<string> {
  return await readFile('/proc/net/route', 'utf8');
}
