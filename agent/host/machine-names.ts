// The machine's own hosts file and resolver, read when a container is made: a laptop changes networks.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseResolvConf, type Resolver } from '../pod/resolv-conf.ts';

export interface MachineNames {
  /** The text of /etc/hosts. */
  readonly hosts: string;
  readonly resolver: Resolver;
}

/** systemd-resolved answers on a loopback address; whom it asks itself is in this file. */
const RESOLVED_STUB = '127.0.0.53';
const RESOLVED_UPSTREAM = 'run/systemd/resolve/resolv.conf';

export async function readMachineNames(root = '/'): Promise<MachineNames> {
  const text = (path: string) => readFile(join(root, path), 'utf8').catch(() => '');
  const resolver = parseResolvConf(await text('etc/resolv.conf'));
  const upstream = resolver.nameservers.includes(RESOLVED_STUB)
    ? parseResolvConf(await text(RESOLVED_UPSTREAM))
    : undefined;
  return {
    hosts: await text('etc/hosts'),
    resolver: upstream && upstream.nameservers.length > 0 ? upstream : resolver,
  };
}
