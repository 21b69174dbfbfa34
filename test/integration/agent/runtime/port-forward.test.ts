import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { NETWORK_DIAL } from '../../../../agent/network/dial-message.ts';
import { describeError } from '../../../../common/errors.ts';
import type { StreamOutput } from '../../../../common/stream-message.ts';
import { ensureBusyboxImage } from '../../../kit/busybox-image.ts';
import { eventually } from '../../../kit/eventually.ts';
import { PodMachine, scriptPod } from '../../../kit/pod-machine.ts';
import { POD_SERVERS, type PodServers, startPodServers } from '../../../kit/pod-servers.ts';
import { childrenOf } from '../../../kit/process-tree.ts';
import { createInput } from '../../../kit/stream-input.ts';

describe('a forwarded port', () => {
  let machine: PodMachine;
  let uid: string;
  let servers: PodServers;

  before(async () => {
    await ensureBusyboxImage();
    machine = await PodMachine.create();
    const pod = scriptPod({ main: 'exec sleep 1000' });
    uid = pod.metadata.uid;
    await machine.manager.apply(pod);
    await eventually(() => machine.container(uid)?.state?.running, { what: 'the container' });
    servers = await startPodServers(uid);
  });
  after(async () => {
    await servers?.[Symbol.asyncDispose]();
    await machine?.[Symbol.asyncDispose]();
  });

  async function open(port: number, signal = new AbortController().signal, podUid = uid) {
    const input = createInput();
    const output = await machine.streams.portForward({ podUid, port }, input.messages, signal);
    return { input, output };
  }

  /** Sends all of it, ends its half, and gives what came until the other half had ended. */
  async function exchange(port: number, sent: Buffer | string): Promise<Buffer> {
    const { input, output } = await open(port);
    const bytes = Buffer.from(sent);
    for (let offset = 0; offset < bytes.length; offset += 32 * 1024)
      input.send({ kind: 'data', data: bytes.subarray(offset, offset + 32 * 1024) });
    input.send({ kind: 'eof' });
    return received(output);
  }

  it('reaches what listens on 127.0.0.1 alone, and brings back 20 MiB byte for byte', async () => {
    const sent = randomBytes(20 * 1024 * 1024);
    const back = await exchange(POD_SERVERS.echo.port, sent);
    assert.equal(back.equals(sent), true, `${back.length} bytes came back`);
  });

  it('reaches what listens on ::1 alone', async () => {
    assert.equal(String(await exchange(POD_SERVERS.echo6.port, 'six')), 'six');
  });

  it('lets the server answer after the client has ended its half', async () => {
    assert.equal(String(await exchange(POD_SERVERS.lengthAfterEnd.port, 'hello')), '5');
  });

  it('is many connections at a time, by one helper', async () => {
    const sent = Array.from({ length: 60 }, (_, index) => `connection ${index}`);
    const back = await Promise.all(sent.map((text) => exchange(POD_SERVERS.echo.port, text)));
    assert.deepEqual(back.map(String), sent);
    assert.equal(helpers().length, 1);
  });

  it('is refused in the words of a kubelet’s runtime, and the next one works', async () => {
    await assert.rejects(open(81), {
      code: 'invalid',
      message:
        "failed to connect to localhost:81 inside the pod's network namespace, " +
        'IPv4: dial tcp4 127.0.0.1:81: connect: connection refused ' +
        'IPv6: dial tcp6 [::1]:81: connect: connection refused',
    });
    assert.equal(String(await exchange(POD_SERVERS.echo.port, 'still')), 'still');
  });

  it('is held back by a client that does not read, and ends with it', async () => {
    const gone = new AbortController();
    const { output } = await open(POD_SERVERS.flood.port, gone.signal);
    const messages = output[Symbol.asyncIterator]();
    for (let count = 0; count < 100; count++) assert.equal((await messages.next()).done, false);
    assert.equal(servers.connectionsTo(POD_SERVERS.flood.port), 1);
    gone.abort();
    assert.equal((await messages.return?.())?.done, true);
    await eventually(() => servers.connectionsTo(POD_SERVERS.flood.port) === 0, {
      what: 'the end of the connection',
    });
  });

  it('finds a sandbox that was made anew', async () => {
    assert.equal(String(await exchange(POD_SERVERS.echo.port, 'old')), 'old');
    const old = servers;
    process.kill(old.pid, 'SIGKILL');
    servers = await eventually(() => startPodServers(uid), { what: 'the new sandbox' });
    await old[Symbol.asyncDispose]();
    assert.notEqual(servers.pid, old.pid);
    assert.equal(String(await exchange(POD_SERVERS.echo.port, 'new')), 'new');
  });

  it('is told apart from one of a pod that does not run', async () => {
    const ended = scriptPod({ main: 'exit 0' }, { restartPolicy: 'Never' });
    await machine.manager.apply(ended);
    await eventually(() => machine.status(ended.metadata.uid)?.phase === 'Succeeded', { what: 'its end' });
    const refusal = () => open(80, undefined, ended.metadata.uid).then(() => undefined, describeError);
    await eventually(async () => (await refusal()) === 'the pod is not running', { what: 'the refusal' });
    await assert.rejects(open(80, undefined, '00000000-0000-0000-0000-000000000000'), { code: 'not-found' });
  });

  it('of a pod in the machine’s network is the machine’s', async () => {
    const pod = scriptPod({ main: 'exec sleep 1000' }, { hostNetwork: true });
    await machine.manager.apply(pod);
    await eventually(() => machine.container(pod.metadata.uid)?.state?.running, { what: 'the container' });
    await using server = createServer((socket) => socket.resume().end('the machine')).listen(0, '127.0.0.1');
    await eventually(() => server.listening);
    const address = server.address();
    assert.ok(address && typeof address === 'object');
    const { output } = await open(address.port, undefined, pod.metadata.uid);
    const messages = output[Symbol.asyncIterator]();
    const first = await messages.next();
    assert.deepEqual(first.value, { kind: 'data', data: Buffer.from('the machine') });
    await messages.return?.();
  });

  it('leaves no helper behind when the agent ends', async () => {
    await machine.dialer[Symbol.asyncDispose]();
    assert.deepEqual(helpers(), []);
    await assert.rejects(open(POD_SERVERS.echo.port), { code: 'cancelled' });
  });
});

const helpers = () => childrenOf(process.pid).filter(({ command }) => command.includes(NETWORK_DIAL));

async function received(output: AsyncIterable<StreamOutput>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const message of output) {
    if (message.kind === 'data') chunks.push(message.data);
    if (message.kind === 'eof') break;
  }
  return Buffer.concat(chunks);
}
