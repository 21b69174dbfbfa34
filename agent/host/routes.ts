// The machine's IPv4 routes and network interfaces, as the kernel lists them.
import { readdir, readFile } from 'node:fs/promises';

export async function readRoutes(): Promise<string> {
  return await readFile('/proc/net/route', 'utf8');
}

export async function hasInterface(name: string): Promise<boolean> {
  return (await readdir('/sys/class/net')).includes(name);
}
