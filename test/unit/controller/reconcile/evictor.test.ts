import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../../../../common/log.ts';
import { createEvictor } from '../../../../controller/reconcile/evictor.ts';
import type { PodWriter } from '../../../../controller/reconcile/pod-writer.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';
import { aPod } from '../../../kit/pods.ts';

const UID = 'uid-web';
const CAUSE = {
  condition: { reason: 'DeletionByTaintManager', message: 'm' },
  event: { type: 'Normal', reason: 'TaintManagerEviction', message: 'm' },
  holds: () => true,
} as const;

test('a pod is deleted once, and again only when nothing shows for long that it is ending', async () => {
  const clock = new ManualClock();
  const deletes: string[] = [];
  const writer = {
    patchStatus: async () => ({ kind: 'gone' }),
    delete: async (_ref: unknown, { uid }: { uid: string }) => {
      deletes.push(uid);
      return { kind: 'deleted' };
    },
  } as unknown as PodWriter;
  const evictor = createEvictor({
    ...{ clock, writer, log: createLog({ name: 'test', level: 'silent' }) },
    events: { record: async () => undefined },
    pod: () => aPod({ uid: UID }),
  });
  const stopping = new AbortController();
  const done = evictor.run(stopping.signal);
  for (let second = 0; second < 9; second++) {
    evictor.evict(UID, CAUSE);
    await clock.advance(1000);
  }
  assert.deepEqual(deletes, [UID]);
  await clock.advance(5000);
  assert.deepEqual(deletes, [UID, UID]);
  await clock.advance(60_000);
  assert.deepEqual(deletes, [UID, UID], 'nobody asks any more');
  stopping.abort();
  await done;
});
