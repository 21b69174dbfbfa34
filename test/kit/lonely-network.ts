// A machine behind a router that lets nothing in: a network namespace with one link, no route beyond it, and a packet filter
// that passes only connections made from within to one address. A proxy at the link's other end leads on from there.
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface LonelyNetwork extends AsyncDisposable {
  /** HOST:PORT, the only one that is reached from within. */
  readonly wayOut: string;
  /** The address within. */
  readonly address: string;
  /** Node.js arguments that run others within, under the same process id. */
  readonly entrance: readonly string[];
}

const PROXY = join(import.meta.dirname, 'proxy-process.ts');
const ENTRANCE = join(import.meta.dirname, 'enter-network.ts');

/** `target`: where its only connections end up. */
export async function startLonelyNetwork(target: {
  readonly host: string;
  readonly port: number;
}): Promise<LonelyNetwork> {
  const name = `longshore-${process.pid}`;
  const [outer, inner] = [`ls${process.pid}o`, `ls${process.pid}i`];
  // Of the range for measurements, on which nobody lives.
  const subnet = `198.18.${process.pid % 256}`;
  const [gateway, address] = [`${subnet}.1`, `${subnet}.2`];
  const ip = (...args: string[]) => execFileSync('ip', args);
  await using stack = new AsyncDisposableStack();
  ip('netns', 'add', name);
  // Its link goes with it.
  stack.defer(() => void ip('netns', 'delete', name));
  ip('link', 'add', outer, 'type', 'veth', 'peer', 'name', inner, 'netns', name);
  ip('address', 'add', `${gateway}/30`, 'dev', outer);
  ip('link', 'set', outer, 'up');
  ip('-n', name, 'address', 'add', `${address}/30`, 'dev', inner);
  ip('-n', name, 'link', 'set', inner, 'up');
  const proxy = fork(PROXY, [gateway, target.host, String(target.port)]);
  stack.defer(() => void proxy.kill('SIGKILL'));
  const port = String((await once(proxy, 'message'))[0]);
  for (const rule of [
    ['-P', 'FORWARD', 'DROP'],
    ['-P', 'INPUT', 'DROP'],
    ['-P', 'OUTPUT', 'DROP'],
    ['-A', 'OUTPUT', '-p', 'tcp', '-d', gateway, '--dport', port, '-j', 'ACCEPT'],
    // Answers, and no connections.
    ['-A', 'INPUT', '-p', 'tcp', '-s', gateway, '--sport', port, '!', '--syn', '-j', 'ACCEPT'],
  ]) {
    ip('netns', 'exec', name, 'iptables', ...rule);
  }
  const owned = stack.move();
  return {
    wayOut: `${gateway}:${port}`,
    address,
    entrance: [ENTRANCE, name],
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
