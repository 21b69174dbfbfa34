// A client that reads slowly gets all of what a command has said, and how it ended, however long that takes it.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Server as TcpServer,
} from 'node:net';
import { describe, it } from 'node:test';
import { WebSocket } from 'ws';
import type { CommandClient } from '../../../../controller/kubelet/stream/command-client.ts';
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
const PIECE = Buffer.alloc(16 * 1024);
const ENDED = { kind: 'exited', code: 7 } as const;
/** Longer than any patience but that with streams on which nothing goes at all. */
const LONG_MS = 600_000;

describe('what a command has said reaches a client that reads none of it for long, with its ending', () => {
  it('over SPDY', async () => {
    const clock = new ManualClock();
    const opening = Promise.withResolvers<CommandClient>();
    const server = createTcpServer({ noDelay: true }, (socket) => {
      const asked = { streams: STREAMS, protocol: 'v4.channel.k8s.io' } as const;
      openSpdyCommand(socket, asked, clock).then(opening.resolve, opening.reject);
      waiting = () => socket.writableLength;
    });
    let waiting = () => 0;
    const socket = connect(await listening(server), '127.0.0.1');
    let said = 0;
    const client = new SpdyClient(socket, { onData: (data) => (said += data.length) });
    const error = await client.openReplied({ streamtype: 'error' });
    const stdout = await client.openReplied({ streamtype: 'stdout' });
    const command = await opening.promise;

    socket.pause();
    const sent = await sayUntilHeld(command, () => waiting());
    const ended = command.end(ENDED);
    await settled(() => clock.sleepers > 0);
    await clock.advance(LONG_MS);
    socket.resume();

    await eventually(() => error.finished && stdout.finished, { what: 'the ends of its streams' });
    assert.ok(said > sent, `${said} bytes of ${sent} and a status`);
    client.close();
    await ended;
    server.close();
  });

  it('over WebSocket', async (t) => {
    const opening = Promise.withResolvers<CommandClient>();
    const server = createServer();
    let waiting = () => 0;
    server.on('upgrade', (request, socket, head) => {
      const upgrade = { request, socket, head } as Upgrade;
      upgrade.socket.setTimeout(LONG_MS * 2);
      waiting = () => socket.writableLength;
      upgradeToWebSocket(upgrade, 'v4.channel.k8s.io')
        .then((open) => {
          const form = COMMAND_SUBPROTOCOLS['v4.channel.k8s.io'] ?? FIRST_FORM;
          opening.resolve(openWebSocketCommand(open, { streams: STREAMS, form }, new ManualClock()));
        })
        .catch(opening.reject);
    });
    const port = await listening(server);
    const client = new WebSocket(`ws://127.0.0.1:${port}`, 'v4.channel.k8s.io');
    const said = { 1: 0, 3: 0 } as Record<number, number>;
    client.on('message', (message: Buffer) => {
      said[message[0] ?? 0] = (said[message[0] ?? 0] ?? 0) + message.length - 1;
    });
    await once(client, 'open');
    const command = await opening.promise;

    client.pause();
    const sent = await sayUntilHeld(command, () => waiting());
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const ended = command.end(ENDED);
    await settled(() => false);
    t.mock.timers.tick(LONG_MS);
    t.mock.timers.reset();
    client.resume();

    await eventually(() => client.readyState === WebSocket.CLOSED, { what: 'the end of the connection' });
    assert.equal(said[1], sent);
    assert.ok((said[3] ?? 0) > 0, 'the status');
    await ended;
    server.close();
  });
});

async function listening(server: Server | TcpServer): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** Until what lies between is full, and a little waits in our own memory: too little to be told to wait. */
async function sayUntilHeld(command: CommandClient, waiting: () => number): Promise<number> {
  let sent = 0;
  while (waiting() === 0) {
    await command.stdout(PIECE);
    sent += PIECE.length;
  }
  return sent;
}

/** Until it holds, or until whatever can happen at once has. */
async function settled(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 20 && !holds(); turn++) await new Promise(setImmediate);
}
