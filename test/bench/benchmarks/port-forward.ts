// port-forward: how fast a forwarded connection carries what a pod sends, as a client at the kubelet port sees it.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { createTestAuthority } from '../../kit/certificates.ts';
import { podManifest } from '../../kit/manifest.ts';
import { POD_SERVERS, startPodServers } from '../../kit/pod-servers.ts';
import type { TestSandbox } from '../../kit/sandbox.ts';
import { SpdyClient } from '../../kit/spdy-client.ts';
import type { Benchmark } from '../benchmark.ts';
import { startInstalled } from '../installed.ts';
import { kubeletEndpoint } from '../kubelet-port.ts';

const BYTES = 1e9;
const RELAY = join(import.meta.dirname, '../tls-relay.ts');
const FLOOD = join(import.meta.dirname, '../flood-server.ts');

export function portForward(): Benchmark<'received'> {
  const held = new AsyncDisposableStack();
  let forwarded: () => Promise<number>;
  let relayed: () => Promise<number>;
  return {
    name: 'port-forward',
    what: 'Receiving 1 GB from a server on the loopback interface of a pod through a SPDY session at the kubelet port (TLS), the controller, the agent’s connection (TLS) and the agent, against the same server on the machine’s own loopback interface behind two processes that pipe one socket into another, with TLS in front of each.',
    // Throughput of at least 0.7 times the floor’s.
    figures: { received: { unit: 'ms', target: { kind: 'ratio', atMost: 1 / 0.7 } } },
    // Both programs are at their speed only after some GB; the middle of a few rounds depends on how soon.
    rounds: 11,
    async setup({ say }) {
      relayed = await startRelays(held);
      say('starting a sandbox');
      const { sandbox } = await startInstalled(held);
      const server = podManifest({ name: 'server', containers: { main: 'exec sleep 100000' } });
      await sandbox.kubectl(['apply', '-f', '-'], server);
      await sandbox.kubectl(['wait', '--for=condition=Ready', 'pod/server', '--timeout=60s']);
      held.use(await startPodServers((await sandbox.pod('server')).metadata.uid));
      forwarded = () => receiveForwarded(sandbox);
    },
    run: async () => ({ received: await forwarded() }),
    floor: async () => ({ received: await relayed() }),
    teardown: () => held.disposeAsync(),
  };
}

/** Milliseconds. */
async function receiveForwarded(sandbox: TestSandbox): Promise<number> {
  const socket = await upgrade(sandbox);
  const startMs = performance.now();
  const all = Promise.withResolvers<void>();
  const client = new SpdyClient(socket, { onData: counter(all.resolve) });
  const headers = { port: String(POD_SERVERS.flood.port), requestid: '0' };
  await client.open({ ...headers, streamtype: 'error' });
  await client.open({ ...headers, streamtype: 'data' });
  await all.promise;
  client.close();
  return performance.now() - startMs;
}

async function upgrade(sandbox: TestSandbox): Promise<Socket> {
  const { url, tls } = kubeletEndpoint(sandbox);
  const asked = request(`${url}/portForward/default/server`, {
    ...{ ...tls, method: 'POST', agent: false },
    headers: {
      ...{ connection: 'Upgrade', upgrade: 'SPDY/3.1' },
      'x-stream-protocol-version': 'portforward.k8s.io',
    },
  });
  asked.end();
  const [, socket] = (await once(asked, 'upgrade')) as [unknown, Socket];
  return socket;
}

async function startRelays(held: AsyncDisposableStack): Promise<() => Promise<number>> {
  const folder = mkdtempSync(join(tmpdir(), 'longshore-relay-'));
  held.defer(() => rmSync(folder, { recursive: true }));
  const authority = await createTestAuthority('CA');
  const { certPem, keyPem } = await authority.issue({
    commonName: 'relay',
    use: 'server',
    altNames: ['localhost'],
  });
  const files = { certificate: join(folder, 'cert'), key: join(folder, 'key'), ca: join(folder, 'ca') };
  writeFileSync(files.certificate, certPem);
  writeFileSync(files.key, keyPem, { mode: 0o600 });
  writeFileSync(files.ca, authority.caPem);
  /** Resolves with its port. */
  const start = async (program: string, ...args: string[]): Promise<number> => {
    const child: ChildProcess = fork(program, args);
    held.defer(() => void child.kill('SIGKILL'));
    const [port] = await once(child, 'message');
    return Number(port);
  };
  const relay = (target: number, ...ca: string[]) =>
    start(RELAY, files.certificate, files.key, `127.0.0.1:${target}`, ...ca);
  const port = await relay(await relay(await start(FLOOD)), files.ca);
  return async () => {
    const startMs = performance.now();
    const socket = connectTls({ host: '127.0.0.1', port, ca: authority.caPem, servername: 'localhost' });
    await new Promise<void>((resolve) => socket.on('data', counter(resolve)));
    socket.destroy();
    return performance.now() - startMs;
  };
}

/** Calls when all has come. */
function counter(done: () => void): (data: Buffer) => void {
  let received = 0;
  return ({ length }) => {
    received += length;
    if (received >= BYTES) done();
  };
}
