// A machine behind a router that lets nothing in: a network namespace with one link, no route beyond it, and a packet filter
// that passes only connections made from within to one address at the link's other end.
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
  /** From now on nothing passes either way, and nobody is told. */
  cut(): void;
}

/** Listens at this address, for connections from within; resolves with the port. Ends with the stack. */
export type ListenForLonely = (host: string, stack: AsyncDisposableStack) => Promise<number>;

const PROXY = join(import.meta.dirname, 'proxy-process.ts');
const ENTRANCE = join(import.meta.dirname, 'enter-network.ts');

/** A proxy to where its only connections are to end up. */
export function proxyTo(target: { readonly host: string; readonly port: number }): ListenForLonely {
  return async (host, stack) => {
    const proxy = fork(PROXY, [host, target.host, String(target.port)]);
    stack.defer(() => void proxy.kill('SIGKILL'));
    return Number((await once(proxy, 'message'))[0]);
  };
}

export async function startLonelyNetwork(listen: ListenForLonely): Promise<LonelyNetwork> {
  const name = `longshore-${process.pid}`;
  const [outer, inner] = [`ls${process.pid}o`, `ls${process.pid}i`];
  // Of the range for measurements, on which nobody lives: it holds 32,768 such networks.
  const network = (process.pid % 2 ** 15) * 4;
  const host = (n: number) => `198.${18 + (network >> 16)}.${(network >> 8) & 255}.${(network & 255) + n}`;
  const [gateway, address] = [host(1), host(2)];
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
  const port = String(await listen(gateway, stack));
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
    // What stays is to drop what no rule accepts.
    cut: () => void ip('netns', 'exec', name, 'iptables', '--flush'),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
