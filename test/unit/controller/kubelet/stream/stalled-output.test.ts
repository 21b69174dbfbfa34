// How much is held for a client of many channels that reads slowly.
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { it } from 'node:test';
import type { WebSocket } from 'ws';
import { createChannelSocket } from '../../../../../controller/kubelet/stream/channel-socket.ts';
import { FIRST_FORWARD_FORM } from '../../../../../controller/kubelet/stream/websocket-forward.ts';
import { ManualClock } from '../../../../kit/manual-clock.ts';

const PIECE = Buffer.alloc(16 * 1024);

it('of those who wait to send on channels of one WebSocket, one goes each time there is room', async () => {
  const socket = new PassThrough({ writableHighWaterMark: PIECE.length, readableHighWaterMark: 1 });
  const sent: number[] = [];
  const webSocket = Object.assign(new EventEmitter(), {
    ...{ OPEN: 1, readyState: 1 },
    send(message: Buffer) {
      sent.push(message[0] ?? -1);
      socket.write(message);
    },
  }) as unknown as WebSocket;
  const options = { form: FIRST_FORWARD_FORM, read: [], maxBufferedBytes: 1024, clock: new ManualClock() };
  const channels = createChannelSocket({ webSocket, socket, goodbye: () => undefined }, options);
  for (let channel = 0; channel < 5; channel++) void channels.send(channel, PIECE);
  await new Promise(setImmediate);
  for (let count = 1; count <= 5; count++) {
    assert.equal(sent.length, count, `${sent}`);
    // Takes what was sent, which makes room.
    while (socket.read() !== null);
    await new Promise(setImmediate);
  }
  assert.deepEqual(sent, [0, 1, 2, 3, 4]);
});
