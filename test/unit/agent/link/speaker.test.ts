import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import type { SessionCall } from '../../../../agent/link/conversation.ts';
import { createEventBuffer } from '../../../../agent/link/event-buffer.ts';
import { createSpeaker } from '../../../../agent/link/speaker.ts';
import { eventually } from '../../../kit/eventually.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';

/** Takes messages, or, stalled, none beyond what its buffer holds. */
function call(stalled = false) {
  const said: string[] = [];
  const sink = new Writable({
    objectMode: true,
    highWaterMark: 1,
    write(message: object, _encoding, done) {
      said.push(Object.keys(message)[0] ?? '');
      if (!stalled) done();
    },
  });
  return { said, call: sink as unknown as SessionCall };
}

const EVENT = {
  podUid: 'u',
  podNamespace: 'default',
  podName: 'web',
  type: 'Normal',
  reason: 'Started',
  message: '',
  timeMs: 0,
} as const;

describe('what the agent says', () => {
  it('is what changed first, then events, then a heartbeat; and it ends when told', async () => {
    const clock = new ManualClock();
    const events = createEventBuffer();
    const speaker = createSpeaker({ events, clock });
    const leaving = new AbortController();
    const { said, call: line } = call();
    events.add(EVENT);
    speaker.say('facts', () => ({ facts: {} }));
    const running = [speaker.run(line, leaving.signal), speaker.beat(1000, leaving.signal)];
    await eventually(() => said.length === 2, { everyMs: 1 });
    await clock.advance(1000);
    await eventually(() => said.length === 3, { everyMs: 1 });
    assert.deepEqual(said, ['facts', 'event', 'heartbeat']);
    leaving.abort();
    await Promise.all(running);
  });

  it('fails, however long the controller takes nothing, when there is too much of it', async () => {
    const speaker = createSpeaker({ events: createEventBuffer(), clock: new ManualClock() });
    const { said, call: line } = call(true);
    const running = speaker.run(line, new AbortController().signal);
    speaker.say('first', () => ({ heartbeat: {} }));
    await eventually(() => said.length === 1, { everyMs: 1 });
    for (let pod = 0; pod <= 50_000; pod++) speaker.say(`pod ${pod}`, () => ({ heartbeat: {} }));
    await assert.rejects(running, /messages wait to be sent/);
  });
});
