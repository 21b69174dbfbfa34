import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { ControllerChannel } from '../../../../agent/link/controller-channel.ts';
import { createSessionStreams } from '../../../../agent/link/session-streams.ts';
import { eventually } from '../../../kit/eventually.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';
import { quietLog } from '../../../kit/rpc-fixture.ts';
import { SilentCall } from '../../../kit/silent-call.ts';

it('the end of a session does not wait for a stream that hears nothing of it', {
  timeout: 5000,
}, async () => {
  const clock = new ManualClock();
  const call = new SilentCall();
  let isServed = false;
  const streams = createSessionStreams({
    channel: { streams: { Open: () => call } } as unknown as ControllerChannel,
    streams: {
      logs: () => {
        isServed = true;
        return new Promise(() => {});
      },
    },
    clock,
    log: quietLog(),
  });
  const logs = { podUid: 'a', container: 'main', follow: true, stream: 'LOG_STREAM_ALL' };
  streams.open({ streamId: 'a'.repeat(32), logs } as unknown as Parameters<typeof streams.open>[0]);
  await eventually(() => isServed, { what: 'the stream' });
  let hasEnded = false;
  const ended = streams.end().then(() => {
    hasEnded = true;
  });
  await clock.advance(4999);
  assert.deepEqual([call.cancelled, hasEnded], [true, false]);
  await clock.advance(1);
  await ended;
  assert.equal(clock.sleepers, 0);
});
