import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import type { ControllerChannel } from '../../../../agent/link/controller-channel.ts';
import { createConversation } from '../../../../agent/link/conversation.ts';
import { createEventBuffer } from '../../../../agent/link/event-buffer.ts';
import { NO_METER } from '../../../../agent/link/link-meter.ts';
import { openMembership } from '../../../../agent/link/membership.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';
import { MemoryObjectHost } from '../../../kit/memory-object-host.ts';
import { MemoryPodHost } from '../../../kit/memory-pod-host.ts';
import { MemoryStreamHost } from '../../../kit/memory-stream-host.ts';
import { MemoryMembership, quietLog } from '../../../kit/rpc-fixture.ts';

/** A call that takes everything and answers nothing. */
class MuteCall extends Duplex {
  cancelled = false;
  constructor() {
    super({ objectMode: true });
  }
  override _read(): void {}
  override _write(_chunk: unknown, _encoding: string, done: () => void): void {
    done();
  }
  cancel(): void {
    this.cancelled = true;
    this.destroy();
  }
}

test('a controller that never answers to the hello is given up, so that the agent dials again', async () => {
  const clock = new ManualClock();
  const call = new MuteCall();
  const conversation = createConversation({
    channel: { session: { Connect: () => call } } as unknown as ControllerChannel,
    membership: await openMembership(new MemoryMembership()),
    host: new MemoryPodHost(),
    objects: new MemoryObjectHost(),
    streams: new MemoryStreamHost(),
    events: createEventBuffer(),
    facts: () => ({}),
    meter: NO_METER,
    bootId: 'b',
    agentVersion: '0',
    clock,
    log: quietLog(),
    welcomed: () => assert.fail('nobody welcomes it'),
  });
  const ended = assert.rejects(
    conversation.run(new AbortController().signal),
    /did not answer .* within 60 s/,
  );
  await clock.advance(59_000);
  assert.equal(call.cancelled, false);
  await clock.advance(2000);
  await ended;
  assert.equal(call.cancelled, true);
});
