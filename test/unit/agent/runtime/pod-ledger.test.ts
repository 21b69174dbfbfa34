import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PodRecord } from '../../../../agent/pod/pod-record.ts';
import { PodLedger } from '../../../../agent/runtime/pod-ledger.ts';
import { createLog } from '../../../../common/log.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';
import { aPod } from '../../../kit/pods.ts';

const EVENT = { type: 'Warning', reason: 'Failed', message: 'Error: no', container: 'main' } as const;
const ACCEPTED = { wallMs: 0, bootId: 'boot-1', monotonicMs: 0 };

function aLedger() {
  const saved: PodRecord[] = [];
  const told: { readonly reason: string; readonly done: () => void }[] = [];
  const disk = { isFull: false };
  const deps = {
    clock: new ManualClock(),
    log: createLog({ name: 'test', level: 'silent' }),
    store: {
      async save(record: PodRecord) {
        if (disk.isFull) throw new Error('no space left on device');
        saved.push(record);
      },
    },
    uplink: {
      event: ({ reason }: { readonly reason: string }, done = () => {}) => void told.push({ reason, done }),
    },
  };
  const pod = aPod();
  const record = { uid: pod.metadata.uid, pod, accepted: ACCEPTED };
  return { ledger: new PodLedger(deps, record, true), saved, told, disk };
}

const evicted = (record: PodRecord): PodRecord => ({ ...record, evicted: { message: 'too much' } });

describe('a pod’s record and its events', () => {
  it('are written in one, then told, and forgotten when they are confirmed', async () => {
    const { ledger, saved, told } = aLedger();
    await ledger.change(evicted, [EVENT]);
    assert.deepEqual(
      saved.map(({ evicted, untold }) => [evicted?.message, untold?.map(({ reason }) => reason)]),
      [['too much', ['Failed']]],
    );
    told[0]?.done();
    await ledger.settled();
    assert.equal(saved.length, 2);
    assert.equal(saved[1]?.untold, undefined);
  });

  it('are neither told nor noted when they cannot be written', async () => {
    const { ledger, saved, told, disk } = aLedger();
    disk.isFull = true;
    await assert.rejects(ledger.change(evicted, [EVENT]), /no space left/);
    assert.deepEqual(told, []);
    disk.isFull = false;
    await ledger.change(evicted);
    assert.equal(saved[0]?.untold, undefined);
  });

  it('are not written any more once they are closed, whatever is confirmed or found out late', async () => {
    const { ledger, saved, told } = aLedger();
    await ledger.change(evicted, [EVENT]);
    await ledger.close();
    told[0]?.done();
    await ledger.change((record) => ({ ...record, evicted: { message: 'again' } }));
    await ledger.settled();
    assert.equal(saved.length, 1);
    assert.equal(ledger.record.evicted?.message, 'too much');
  });
});
