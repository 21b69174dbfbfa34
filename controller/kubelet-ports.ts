// The ports of the kubelet API. Each node has its own: the port that a caller dials says which node is meant.
import { errorCode, LongshoreError } from '../common/errors.ts';
import type { ListenAddress } from './config.ts';
import type { KubeletServer, KubeletTls } from './kubelet/kubelet-server.ts';

export interface KubeletPorts extends AsyncDisposable {
  /** Listens for this node on the first of these ports that is free, and answers which. */
  open(nodeName: string, ports: Iterable<number>): Promise<number>;
  close(nodeName: string): Promise<void>;
  /** From now on new connections get this certificate and this client CA, on every port. */
  replaceTls(tls: KubeletTls): void;
}

export interface KubeletPortsOptions {
  readonly tls: KubeletTls;
  readonly serve: (
    nodeName: string,
    how: { readonly tls: KubeletTls; readonly port: number },
  ) => KubeletServer;
}

const MOST_PORTS = 10_000;

export function createKubeletPorts({ tls: firstTls, serve }: KubeletPortsOptions): KubeletPorts {
  const servers = new Map<string, KubeletServer>();
  let tls = firstTls;

  const start = async (nodeName: string, port: number): Promise<number | undefined> => {
    const server = serve(nodeName, { tls, port });
    try {
      const listening = await server.start();
      // It may have been replaced while the port was being opened.
      server.replaceTls(tls);
      servers.set(nodeName, server);
      return listening;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      if (errorCode(error) === 'already-exists') return undefined;
      throw error;
    }
  };

  return {
    async open(nodeName, ports) {
      let last: number | undefined;
      for (const port of ports) {
        const listening = await start(nodeName, port);
        if (listening !== undefined) return listening;
        last = port;
      }
      throw new LongshoreError(
        'already-exists',
        `the kubelet API of node ${nodeName} has no port: others listen on all up to ${last}; choose another address with --kubelet-listen`,
      );
    },
    async close(nodeName) {
      const server = servers.get(nodeName);
      servers.delete(nodeName);
      await server?.[Symbol.asyncDispose]();
    },
    replaceTls(next) {
      for (const server of servers.values()) server.replaceTls(next);
      tls = next;
    },
    async [Symbol.asyncDispose]() {
      const all = [...servers.values()];
      servers.clear();
      await Promise.all(all.map((server) => server[Symbol.asyncDispose]()));
    },
  };
}

/** Where a node of an agent may listen: where it did before, else on a port that no other node has, from the first on. */
export function* agentPorts(
  { port: first }: ListenAddress,
  { before, taken }: { readonly before: number | undefined; readonly taken: ReadonlySet<number> },
): Generator<number> {
  if (first === 0) return yield 0;
  const end = Math.min(first + MOST_PORTS, 65_536);
  if (before !== undefined && before >= first && before < end) yield before;
  for (let port = first; port < end; port++) if (port !== before && !taken.has(port)) yield port;
}
