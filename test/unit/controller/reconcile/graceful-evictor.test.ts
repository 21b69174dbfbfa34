import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../../../../common/log.ts';
import { placedCondition } from '../../../../controller/model/placement-record.ts';
import type { EventRecord } from '../../../../controller/reconcile/event-recorder.ts';
import { createGracefulEvictor } from '../../../../controller/reconcile/graceful-evictor.ts';
import type { EvictionResult } from '../../../../controller/reconcile/pod-writer.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';
import { aPod } from '../../../kit/pods.ts';

const UID = 'uid-web';
const EVENT = { type: 'Normal', reason: 'Evicted', message: 'agent a is being drained' } as const;

/** An evictor of one pod, whose evictions are answered in this order; the last answer stays. */
function evicting(...answers: (EvictionResult | Error)[]) {
  const clock = new ManualClock();
  const conditions = [placedCondition({ agent: 'pi', agentUid: 'uid-pi' }, 0)];
  const pods = new Map([[UID, aPod({ status: { conditions } })]]);
  const events: EventRecord[] = [];
  const tries: unknown[] = [];
  const evictor = createGracefulEvictor({
    clock,
    log: createLog({ name: 'test', level: 'silent' }),
    writer: {
      async evict(ref, { preconditions, gracePeriodSeconds }) {
        tries.push({ ...ref, ...preconditions, gracePeriodSeconds });
        const answer = answers.length > 1 ? answers.shift() : answers[0];
        if (answer instanceof Error) throw answer;
        return answer ?? { kind: 'gone' };
      },
    },
    events: { record: async (event) => void events.push(event) },
    pod: (uid) => pods.get(uid),
  });
  const stopping = new AbortController();
  const done = evictor.run(stopping.signal);
  const stop = async () => {
    stopping.abort();
    await done;
  };
  return { clock, pods, events, tries, evictor, [Symbol.asyncDispose]: stop };
}

const refused: EvictionResult = { kind: 'refused', why: 'Cannot evict pod' };
const evicted: EvictionResult = { kind: 'evicted' };

test('a pod is evicted once, with its UID, and an event says why, and where it was', async () => {
  await using world = evicting(evicted);
  const cause = { event: EVENT, gracePeriodSeconds: 7, holds: () => true };
  for (let look = 0; look < 5; look++) {
    world.evictor.evict(UID, cause);
    await world.clock.advance(1000);
  }
  assert.deepEqual(world.tries, [{ namespace: 'default', name: 'web', uid: UID, gracePeriodSeconds: 7 }]);
  const about = { kind: 'Pod', namespace: 'default', name: 'web', uid: UID };
  assert.deepEqual(world.events, [{ about, ...EVENT, agent: 'pi' }]);
});

test('a refused eviction is tried again with growing pauses, however often it is asked for', async () => {
  await using world = evicting(refused);
  const askFor = async (seconds: number) => {
    const before = world.tries.length;
    for (let second = 0; second < seconds; second++) {
      world.evictor.evict(UID, { event: EVENT, holds: () => true });
      await world.clock.advance(1000);
    }
    return world.tries.length - before;
  };
  const first = await askFor(10);
  assert.ok(first >= 3 && first <= 6, `${first} tries in the first 10 s`);
  await askFor(60);
  const later = await askFor(60);
  assert.ok(later >= 4 && later <= 8, `${later} tries in a later minute`);
  assert.equal(world.evictor.refusal(UID), 'Cannot evict pod');
  assert.deepEqual(world.events, []);
});

test('what cannot be asked now is asked again, and succeeds', async () => {
  await using world = evicting(new Error('the API server is away'), refused, evicted);
  world.evictor.evict(UID, { event: EVENT, holds: () => true });
  await world.clock.advance(0);
  assert.equal(world.evictor.refusal(UID), 'the API server is away');
  await world.clock.advance(5000);
  assert.equal(world.tries.length, 3);
  assert.equal(world.evictor.refusal(UID), undefined);
});

test('nothing is evicted once the cause is over, or the pod is being deleted', async () => {
  await using world = evicting(refused);
  let holds = true;
  world.evictor.evict(UID, { event: EVENT, holds: () => holds });
  await world.clock.advance(0);
  holds = false;
  await world.clock.advance(60_000);
  assert.equal(world.tries.length, 1);
  assert.equal(world.evictor.refusal(UID), undefined);
  world.pods.set(UID, aPod({ metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }));
  world.evictor.evict(UID, { event: EVENT, holds: () => true });
  await world.clock.advance(60_000);
  assert.equal(world.tries.length, 1);
});

test('an eviction that was taken and is not to be seen after a while is asked for again', async () => {
  await using world = evicting(evicted);
  world.evictor.evict(UID, { event: EVENT, holds: () => true });
  await world.clock.advance(9000);
  assert.equal(world.tries.length, 1);
  await world.clock.advance(2000);
  assert.equal(world.tries.length, 2);
});
