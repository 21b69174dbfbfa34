import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createStreamBroker } from '../../../../controller/rpc/stream-broker.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';

const AGENT = { identity: { name: 'pi', uid: 'u' }, publicKeyHash: '', expiresAtMs: 0 };
const NOBODY = { kind: 'logs', open: () => undefined, close: () => undefined };
const forever = () => new AbortController().signal;

describe('the stream broker', () => {
  it('gives an unanswered request up after 30 s and forgets it', async () => {
    const clock = new ManualClock();
    const broker = createStreamBroker(clock);
    const ids: string[] = [];
    const closed: string[] = [];
    const opening = broker.open(AGENT, forever(), {
      kind: 'logs',
      open: (id) => ids.push(id),
      close: (id) => closed.push(id),
    });
    const refused = assert.rejects(opening, /agent 'pi' did not answer/);
    assert.match(String(ids[0]), /^[0-9a-f]{32}$/);
    await clock.advance(29_999);
    assert.equal(broker.size, 1);
    await clock.advance(1);
    await refused;
    assert.deepEqual(closed, ids);
    assert.equal(broker.size, 0);
    assert.equal(clock.sleepers, 0);
  });

  it('forgets a request that is cancelled before it is answered', async () => {
    const clock = new ManualClock();
    const broker = createStreamBroker(clock);
    const cancel = new AbortController();
    const opening = broker.open(AGENT, cancel.signal, NOBODY);
    cancel.abort();
    await assert.rejects(opening, /the stream was cancelled/);
    assert.equal(broker.size, 0);
    assert.equal(clock.sleepers, 0);
  });

  it('bounds the streams of one agent, and of no other', async () => {
    const clock = new ManualClock();
    const broker = createStreamBroker(clock, { answerWithinMs: 1000, maxPerAgent: 2 });
    const open = (uid: string) =>
      broker.open({ ...AGENT, identity: { name: uid, uid } }, forever(), NOBODY).catch(String);
    const pending = [open('a'), open('a'), open('b')];
    assert.match(String(await open('a')), /2 streams of this agent are open already/);
    await clock.advance(1000);
    await Promise.all(pending);
    assert.equal(broker.size, 0);
  });

  it('fails when the request cannot be sent', async () => {
    const broker = createStreamBroker(new ManualClock());
    const opening = broker.open(AGENT, forever(), {
      ...NOBODY,
      open() {
        throw new Error('the session is full');
      },
    });
    await assert.rejects(opening, /the session is full/);
    assert.equal(broker.size, 0);
  });
});
