import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSessionDoor } from '../../../../controller/rpc/session-door.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';

describe('the door of a controller', () => {
  const staying = new AbortController().signal;

  function knocking(clock: ManualClock, { maxWaiting = 100 } = {}) {
    const door = createSessionDoor(clock, maxWaiting);
    const came: string[] = [];
    const knock = (name: string, signal = staying) =>
      door.enter(signal).then(
        () => came.push(`${name} in`),
        (error: Error) => came.push(`${name}: ${error.message}`),
      );
    return { door, came, knock };
  }

  it('lets in who waits the moment it opens, and who comes later at once', async () => {
    const clock = new ManualClock();
    const { door, came, knock } = knocking(clock);
    const waiting = [knock('a'), knock('b')];
    await clock.advance(5000);
    assert.deepEqual(came, []);
    await door.open();
    await Promise.all(waiting);
    await knock('c');
    assert.deepEqual(came, ['a in', 'b in', 'c in']);
  });

  it('sends away who has waited for ten seconds', async () => {
    const clock = new ManualClock();
    const { came, knock } = knocking(clock);
    const waiting = knock('a');
    await clock.advance(9999);
    assert.deepEqual(came, []);
    await clock.advance(1);
    await waiting;
    assert.deepEqual(came, ['a: this controller is not the leader (yet): try again']);
  });

  it('keeps who comes after it was shut again waiting', async () => {
    const clock = new ManualClock();
    const { door, came, knock } = knocking(clock);
    await door.open();
    door.shut();
    const waiting = knock('a');
    await clock.advance(10_000);
    await waiting;
    assert.match(came[0] ?? '', /not the leader/);
  });

  it('lets a crowd in a few at a time, and nobody any more once it is shut', async () => {
    const clock = new ManualClock();
    const { door, came, knock } = knocking(clock);
    const waiting = Array.from({ length: 35 }, (_, index) => knock(`${index}`));
    const opened = door.open();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(came.length, 10);
    door.shut();
    await clock.advance(10_000);
    await Promise.all([opened, ...waiting]);
    assert.equal(came.length, 35);
    assert.equal(came.filter((what) => what.endsWith(' in')).length, 10);
  });

  it('has nobody wait who has gone, and no more than there may be', async () => {
    const clock = new ManualClock();
    const { door, came, knock } = knocking(clock, { maxWaiting: 1 });
    const leaving = new AbortController();
    const first = knock('a', leaving.signal);
    await knock('b');
    leaving.abort(new Error('gone'));
    await first;
    const third = knock('c');
    await door.open();
    await third;
    assert.deepEqual(came, ['b: this controller is not the leader (yet): try again', 'a: gone', 'c in']);
  });
});
