import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createOutbox } from '../../../common/outbox.ts';

describe('an outbox', () => {
  it('sends the newest message of a key in the place of the oldest unsent one', () => {
    const outbox = createOutbox<string>(10);
    outbox.put('a', 'a1');
    outbox.put('b', 'b1');
    outbox.put('a', 'a2');
    assert.deepEqual([outbox.take(), outbox.take(), outbox.take()], ['a2', 'b1', undefined]);
  });

  it('refuses a key too many, and never one it holds already', () => {
    const outbox = createOutbox<number>(2);
    outbox.put('a', 1);
    outbox.put('b', 2);
    outbox.put('a', 3);
    assert.throws(() => outbox.put('c', 4), /more than 2 messages wait to be sent/);
    assert.equal(outbox.size, 2);
  });

  it('always ends with the newest message of every key sent last', () => {
    const step = fc.oneof(fc.record({ key: fc.constantFrom('a', 'b', 'c') }), fc.constant('take' as const));
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const outbox = createOutbox<{ key: string; version: number }>(3);
        const newest = new Map<string, number>();
        const received = new Map<string, number>();
        const receive = (message = outbox.take()) => message && received.set(message.key, message.version);
        steps.forEach((each, version) => {
          if (each === 'take') receive();
          else {
            newest.set(each.key, version);
            outbox.put(each.key, { key: each.key, version });
          }
        });
        while (outbox.size > 0) receive();
        assert.deepEqual(new Map([...received].sort()), new Map([...newest].sort()));
      }),
    );
  });
});
