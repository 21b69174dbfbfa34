// How much of what a client sends is held for a command, or a forwarded connection, that takes none of it: each of hundreds of
// clients may send as much.
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { duplexPair } from 'node:stream';
import { describe, it } from 'node:test';
import type { WebSocket } from 'ws';
import { openSpdyCommand } from '../../../../../controller/kubelet/stream/spdy-command.ts';
import { runSpdyForward } from '../../../../../controller/kubelet/stream/spdy-forward.ts';
import {
  FIRST_FORM,
  openWebSocketCommand,
} from '../../../../../controller/kubelet/stream/websocket-command.ts';
import {
  FIRST_FORWARD_FORM,
  runWebSocketForward,
} from '../../../../../controller/kubelet/stream/websocket-forward.ts';
import { eventually } from '../../../../kit/eventually.ts';
import { ManualClock } from '../../../../kit/manual-clock.ts';
import { type ClientStream, SpdyClient } from '../../../../kit/spdy-client.ts';

const STREAMS = { stdin: true, stdout: false, stderr: false, tty: false };
const PIECE = Buffer.alloc(16 * 1024);
const MOST_OF_COMMAND = 256 * 1024;
const MOST_OF_FORWARD = 1024 * 1024;
/** What a pair of streams in memory may hold beside it. */
const ON_ITS_WAY = 128 * 1024;

describe('of a command that takes no input, its client’s is held up to 256 KiB', () => {
  it('over SPDY', async () => {
    const [near, far] = duplexPair();
    const clock = new ManualClock();
    const opening = openSpdyCommand(far, { streams: STREAMS, protocol: 'v4.channel.k8s.io' }, clock);
    const client = new SpdyClient(near);
    await client.openReplied({ streamtype: 'error' });
    const stdin = await client.openReplied({ streamtype: 'stdin' });
    await opening;
    const taken = await takenFrom(stdin, clock, { asked: 2 * MOST_OF_COMMAND });
    assert.ok(taken >= MOST_OF_COMMAND && taken < MOST_OF_COMMAND + ON_ITS_WAY, `${taken} bytes`);
    client.close();
  });

  it('over WebSocket', () => {
    const webSocket = new ClosingWebSocket();
    openWebSocketCommand(opened(webSocket), { streams: STREAMS, form: FIRST_FORM }, new ManualClock());
    assert.equal(takenOnChannel(webSocket, { asked: 4 * MOST_OF_COMMAND }), MOST_OF_COMMAND + PIECE.length);
  });
});

describe('of forwarded connections that take no input, their client’s is held up to 1 MiB', () => {
  const silent = () => new Promise<never>(() => undefined);

  it('over SPDY', async () => {
    const [near, far] = duplexPair();
    const clock = new ManualClock();
    void runSpdyForward(far, silent, clock);
    const client = new SpdyClient(near);
    const pair = { port: '80', requestid: '0' };
    await client.openReplied({ ...pair, streamtype: 'error' });
    const data = await client.openReplied({ ...pair, streamtype: 'data' });
    await eventually(() => clock.sleepers === 0, { what: 'the connection', everyMs: 2 });
    const taken = await takenFrom(data, clock, { asked: 2 * MOST_OF_FORWARD });
    assert.ok(taken >= MOST_OF_FORWARD && taken < MOST_OF_FORWARD + ON_ITS_WAY, `${taken} bytes`);
    client.close();
  });

  it('over WebSocket', () => {
    const webSocket = new ClosingWebSocket();
    const asked = { ports: [80], form: FIRST_FORWARD_FORM, serve: silent };
    void runWebSocketForward(opened(webSocket), asked, new ManualClock());
    assert.equal(takenOnChannel(webSocket, { asked: 4 * MOST_OF_FORWARD }), MOST_OF_FORWARD + PIECE.length);
  });
});

/** Resolves when the session writes to the client to find out whether it is there: it reads it no further. */
async function takenFrom(
  stream: ClientStream,
  clock: ManualClock,
  { asked }: { readonly asked: number },
): Promise<number> {
  let taken = 0;
  for (let sent = 0; sent < asked; sent += PIECE.length)
    void stream.write(PIECE).then(() => {
      taken += PIECE.length;
    });
  await eventually(() => clock.sleepers > 0, { what: 'that it is read no more', everyMs: 2 });
  return taken;
}

class ClosingWebSocket extends EventEmitter {
  readonly OPEN = 1;
  readonly readyState = 2;
  isPaused = false;
  pause() {
    this.isPaused = true;
  }
}

function opened(webSocket: ClosingWebSocket) {
  return {
    webSocket: webSocket as unknown as WebSocket,
    socket: duplexPair()[0],
    goodbye: () => undefined,
  };
}

/** On the first channel, until it is read no more. */
function takenOnChannel(webSocket: ClosingWebSocket, { asked }: { readonly asked: number }): number {
  const message = Buffer.concat([Buffer.from([0]), PIECE]);
  let taken = 0;
  for (; taken < asked && !webSocket.isPaused; taken += PIECE.length) webSocket.emit('message', message);
  return taken;
}
