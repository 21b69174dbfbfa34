// A client that reads slowly gets all of what a command has said, and how it ended, however long that takes it; one that has
// heard all and stays is not kept.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from 'node:net';
import { describe, it } from 'node:test';
import { WebSocket } from 'ws';
import type { CommandClient } from '../../../../controller/kubelet/stream/command-client.ts';
import { CLOSE_WITHIN_MS, LEAVE_WITHIN_MS } from '../../../../controller/kubelet/stream/serve.ts';
import { openSpdyCommand } from '../../../../controller/kubelet/stream/spdy-command.ts';
import { type Upgrade, upgradeToWebSocket } from '../../../../controller/kubelet/stream/upgrade.ts';
import {
  COMMAND_SUBPROTOCOLS,
  FIRST_FORM,
  openWebSocketCommand,
} from '../../../../controller/kubelet/stream/websocket-command.ts';
import { eventually } from '../../../kit/eventually.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';
import { SpdyClient } from '../../../kit/spdy-client.ts';

const STREAMS = { stdin: false, stdout: true, stderr: false, tty: false };
const PROTOCOL = 'v4.channel.k8s.io';
const PIECE = Buffer.alloc(16 * 1024);
const ENDED = { kind: 'exited', code: 7 } as const;
/** Longer than any patience but that with clients that read slowly. */
const LONG_MS = 600_000;

describe('what a command has said reaches a client that reads none of it for long, with its ending', () => {
  it('over SPDY', async () => {
    await using it = await overSpdy();
    it.near.pause();
    const sent = await sayUntilHeld(it);
    const ended = it.command.end(ENDED);
    await eventually(() => it.clock.sleepers > 0, { what: 'that it is waited for', everyMs: 2 });
    await it.clock.advance(LONG_MS);
    it.near.resume();
    await eventually(() => it.error.finished && it.stdout.finished, { what: 'the ends of its streams' });
    assert.ok(it.said() > sent, `${it.said()} bytes of ${sent} and a status`);
    it.client.close();
    await ended;
  });

  it('over WebSocket', async (t) => {
    await using server = await webSocketServer();
    const client = new WebSocket(`ws://127.0.0.1:${server.port}`, PROTOCOL);
    const said = new Map<number | undefined, number>();
    client.on('message', (message: Buffer) => {
      said.set(message[0], (said.get(message[0]) ?? 0) + message.length - 1);
    });
    await once(client, 'open');
    const { command, far } = await server.opened;

    client.pause();
    const sent = await sayUntilHeld({ command, far });
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const ended = command.end(ENDED);
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    t.mock.timers.tick(LONG_MS);
    t.mock.timers.reset();
    client.resume();

    await eventually(() => client.readyState === WebSocket.CLOSED, { what: 'the end of the connection' });
    assert.equal(said.get(1), sent);
    assert.ok((said.get(3) ?? 0) > 0, 'the status');
    await ended;
  });
});

it('a client that reads nothing is not cut off for asking whether we are there, and is told when it reads', async () => {
  await using server = await webSocketServer();
  using client = await openRawWebSocket(server.port);
  const { command, far } = await server.opened;
  client.pause();
  await sayUntilHeld({ command, far });
  void command.stdout(Buffer.alloc(256 * 1024));
  const read = far.bytesRead;
  for (let count = 100; count < 200; count++) client.send(PING, `${count}`);
  await eventually(() => far.bytesRead === read + 900, { what: 'that all of them are read' });
  client.resume();
  await eventually(() => client.heard().endsWith('\x8a\x03199'), { what: 'the answer to the last' });
  assert.ok(!client.heard().includes('\x8a\x03198'), 'it stands for those before it');
});

describe('a client that has heard all, and stays', () => {
  it('is not waited for forever, over SPDY', async () => {
    await using it = await overSpdy();
    const ended = it.command.end(ENDED);
    await eventually(() => it.error.finished, { what: 'the ending' });
    await eventually(() => it.clock.sleepers > 0, { what: 'that it is waited for', everyMs: 2 });
    await it.clock.advance(LEAVE_WITHIN_MS);
    await ended;
  });

  it('is let go when nothing comes of it, once it has said that it has read all, over WebSocket', async () => {
    await using server = await webSocketServer();
    using client = await openRawWebSocket(server.port);
    const { command, far } = await server.opened;
    void command.end(ENDED);
    await eventually(() => client.heard().includes('\x89\x04last'), { what: 'the question' });
    assert.equal(far.timeout, LONG_MS);
    client.send(PONG, 'last');
    await eventually(() => far.timeout === CLOSE_WITHIN_MS, { what: 'the end of patience' });
  });

  it('is let go when nothing comes of it, once it has said goodbye, over WebSocket', async () => {
    await using server = await webSocketServer();
    using client = await openRawWebSocket(server.port);
    const { far } = await server.opened;
    client.send(CLOSE, '');
    await eventually(() => far.timeout === CLOSE_WITHIN_MS, { what: 'the end of patience' });
  });

  it('is let go when nothing comes of it, once it has said goodbye and reads no more, over WebSocket', async () => {
    await using server = await webSocketServer();
    using client = await openRawWebSocket(server.port);
    const opened = await server.opened;
    client.pause();
    await sayUntilHeld(opened);
    client.send(CLOSE, '');
    await eventually(() => opened.far.timeout === CLOSE_WITHIN_MS, { what: 'the end of patience' });
  });

  it('is let go when nothing comes of it, once it has broken the protocol, over WebSocket', async () => {
    await using server = await webSocketServer();
    using client = await openRawWebSocket(server.port);
    const { far } = await server.opened;
    client.send(RESERVED, '');
    await eventually(() => far.timeout === CLOSE_WITHIN_MS, { what: 'the end of patience' });
  });
});

async function overSpdy() {
  const held = new AsyncDisposableStack();
  const clock = new ManualClock();
  const opening = Promise.withResolvers<{ command: CommandClient; far: Socket }>();
  const server = createTcpServer({ noDelay: true }, (far) => {
    openSpdyCommand(far, { streams: STREAMS, protocol: PROTOCOL }, clock).then(
      (command) => opening.resolve({ command, far }),
      opening.reject,
    );
  });
  const near = connect(await listening(server, held), '127.0.0.1');
  held.defer(() => void near.destroy());
  let said = 0;
  const client = new SpdyClient(near, {
    onData: (data) => {
      said += data.length;
    },
  });
  const error = await client.openReplied({ streamtype: 'error' });
  const stdout = await client.openReplied({ streamtype: 'stdout' });
  const dispose = () => held.disposeAsync();
  const opened = await opening.promise;
  return { ...opened, clock, near, client, error, stdout, said: () => said, [Symbol.asyncDispose]: dispose };
}

/** Its connections may be idle for LONG_MS. */
async function webSocketServer() {
  const held = new AsyncDisposableStack();
  const opening = Promise.withResolvers<{ command: CommandClient; far: Socket }>();
  const server = createServer();
  server.on('upgrade', (request, socket, head) => {
    const far = socket as Socket;
    held.defer(() => void far.destroy());
    far.setTimeout(LONG_MS);
    const upgrade: Upgrade = { request, socket: far, head };
    upgradeToWebSocket(upgrade, PROTOCOL).then((open) => {
      const asked = { streams: STREAMS, form: COMMAND_SUBPROTOCOLS[PROTOCOL] ?? FIRST_FORM };
      opening.resolve({ command: openWebSocketCommand(open, asked, new ManualClock()), far });
    }, opening.reject);
  });
  const port = await listening(server, held);
  return { port, opened: opening.promise, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

async function listening(server: Server, held: AsyncDisposableStack): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  held.defer(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** Until what lies between is full, and a little waits in our own memory: too little to be told to wait. */
async function sayUntilHeld({
  command,
  far,
}: {
  readonly command: CommandClient;
  readonly far: Socket;
}): Promise<number> {
  let sent = 0;
  while (far.writableLength === 0) {
    await command.stdout(PIECE);
    sent += PIECE.length;
  }
  return sent;
}

const CLOSE = 0x88;
const PING = 0x89;
const PONG = 0x8a;
/** Of no meaning. */
const RESERVED = 0x83;

/** A client that does nothing by itself, and leaves its end open whatever comes. */
async function openRawWebSocket(port: number) {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  let heard = '';
  socket.on('data', (data) => {
    heard += data.toString('latin1');
  });
  const lines = [
    ...['GET / HTTP/1.1', 'Host: x', 'Connection: Upgrade', 'Upgrade: websocket'],
    ...['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==', '', ''],
  ];
  socket.write(lines.join('\r\n'));
  await eventually(() => heard.includes('\r\n\r\n'), { what: 'the upgrade', everyMs: 2 });
  return {
    heard: () => heard,
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    /** A whole frame; its mask changes nothing. */
    send(opcode: number, text: string): void {
      const head = Buffer.from([opcode, 0x80 | text.length, 0, 0, 0, 0]);
      socket.write(Buffer.concat([head, Buffer.from(text)]));
    },
    [Symbol.dispose]: () => void socket.destroy(),
  };
}
