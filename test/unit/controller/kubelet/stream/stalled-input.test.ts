// How much of what a client sends is held for a command that takes none of it: each of hundreds of clients may send as much.
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { duplexPair } from 'node:stream';
import { describe, it } from 'node:test';
import type { WebSocket } from 'ws';
import { openSpdyCommand } from '../../../../../controller/kubelet/stream/spdy-command.ts';
import {
  FIRST_FORM,
  openWebSocketCommand,
} from '../../../../../controller/kubelet/stream/websocket-command.ts';
import { eventually } from '../../../../kit/eventually.ts';
import { ManualClock } from '../../../../kit/manual-clock.ts';
import { SpdyClient } from '../../../../kit/spdy-client.ts';

const STREAMS = { stdin: true, stdout: false, stderr: false, tty: false };
const PIECE = Buffer.alloc(16 * 1024);
const MOST = 256 * 1024;

describe('of a command that takes no input, its client’s is held up to 256 KiB', () => {
  it('over SPDY', async () => {
    const [near, far] = duplexPair();
    const clock = new ManualClock();
    const opening = openSpdyCommand(far, { streams: STREAMS, protocol: 'v4.channel.k8s.io' }, clock);
    const client = new SpdyClient(near);
    await client.openReplied({ streamtype: 'error' });
    const stdin = await client.openReplied({ streamtype: 'stdin' });
    await opening;
    let taken = 0;
    for (let count = 0; count < 128; count++)
      void stdin.write(PIECE).then(() => {
        taken += PIECE.length;
      });
    await eventually(() => clock.sleepers > 0, { what: 'that it is read no more', everyMs: 2 });
    assert.ok(taken >= MOST && taken < MOST + 128 * 1024, `${taken} bytes`);
    client.close();
  });

  it('over WebSocket', () => {
    class FullSocket extends EventEmitter {
      readonly OPEN = 1;
      readonly readyState = 2;
      isPaused = false;
      pause() {
        this.isPaused = true;
      }
    }
    const webSocket = new FullSocket();
    const open = { webSocket: webSocket as unknown as WebSocket, socket: duplexPair()[0] };
    openWebSocketCommand(open, { streams: STREAMS, form: FIRST_FORM }, new ManualClock());
    const message = Buffer.concat([Buffer.from([0]), PIECE]);
    let taken = 0;
    for (; taken < 4 * MOST && !webSocket.isPaused; taken += PIECE.length) webSocket.emit('message', message);
    assert.equal(taken, MOST + PIECE.length);
  });
});
