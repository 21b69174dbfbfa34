import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createEventBuffer } from '../../../../agent/link/event-buffer.ts';

const event = (reason: string) => ({
  podUid: 'u',
  podNamespace: 'default',
  podName: 'p',
  type: 'Normal' as const,
  reason,
  message: '',
  timeMs: 0,
});

/** What a new session would send. */
function unsent(buffer: ReturnType<typeof createEventBuffer>): string[] {
  const reasons: string[] = [];
  for (let next = buffer.after(0); next; next = buffer.after(next.sequence)) reasons.push(next.event.reason);
  return reasons;
}

describe('the event buffer', () => {
  it('sends what is not acknowledged again, in order', () => {
    const buffer = createEventBuffer();
    for (const reason of ['A', 'B', 'C']) buffer.add(event(reason));
    assert.deepEqual(unsent(buffer), ['A', 'B', 'C']);
    buffer.acknowledge(2);
    assert.deepEqual(unsent(buffer), ['C']);
    buffer.acknowledge(1);
    assert.deepEqual(unsent(buffer), ['C']);
    buffer.acknowledge(99);
    assert.deepEqual(unsent(buffer), []);
    buffer.add(event('D'));
    assert.deepEqual(unsent(buffer), ['D']);
    assert.equal(buffer.after(3)?.sequence, 4);
  });

  it('says of each once that it is done with: acknowledged, or given up', () => {
    const buffer = createEventBuffer(2);
    const done: string[] = [];
    for (const reason of ['A', 'B', 'C', 'D']) buffer.add(event(reason), () => done.push(reason));
    assert.deepEqual(done, ['A', 'B']);
    buffer.acknowledge(3);
    buffer.acknowledge(3);
    assert.deepEqual(done, ['A', 'B', 'C']);
  });

  it('gives up the oldest beyond its bound and says so', () => {
    const buffer = createEventBuffer(2);
    assert.deepEqual(
      ['A', 'B', 'C'].map((reason) => buffer.add(event(reason))),
      [0, 0, 1],
    );
    assert.deepEqual(unsent(buffer), ['B', 'C']);
    assert.equal(buffer.after(1)?.event.reason, 'B');
  });
});
