import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type GuardedPod, guardStorage } from '../../../../agent/runtime/storage-guard.ts';
import { createLog } from '../../../../common/log.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';
import { aContainerStatus, aPod, runningStatus } from '../../../kit/pods.ts';

it('a pod that cannot be measured keeps no other from being evicted', async () => {
  const clock = new ManualClock();
  const evicted: string[] = [];
  const limited = (name: string): GuardedPod => {
    const limits = { 'ephemeral-storage': '4050' };
    const pod = aPod({
      uid: name,
      name,
      spec: { containers: [{ name: 'main', image: 'x', resources: { limits } }] },
    });
    const running = { running: { startedAt: '2026-01-01T00:00:00Z' } };
    const containerStatuses = [
      aContainerStatus({ name: 'main', containerID: `docker://${name}`, state: running }),
    ];
    return {
      record: {
        uid: name,
        pod,
        status: runningStatus({ containerStatuses }),
      } as unknown as GuardedPod['record'],
      noteWritten: () => {},
      volumes: () => [],
      evict: async () => void evicted.push(name),
    };
  };
  const stop = new AbortController();
  const guarded = guardStorage(
    () => [limited('silent'), limited('greedy')],
    {
      engine: {
        written: (id) =>
          id === 'silent'
            ? new Promise(() => {})
            : Promise.resolve({ layerBytes: 4000, log: { bytes: 96, files: 1 } }),
      },
      machineVolumes: { usage: async () => new Map() },
      clock,
      log: createLog({ name: 'test', level: 'silent' }),
    },
    stop.signal,
  );
  await clock.advance(10_000);
  await clock.advance(120_000);
  await clock.advance(2000);
  assert.deepEqual(evicted, ['greedy']);
  await clock.advance(10_000);
  await clock.advance(120_000);
  await clock.advance(2000);
  assert.deepEqual(evicted, ['greedy', 'greedy'], 'nor is it asked about more rarely for it');
  stop.abort();
  await clock.advance(10_000);
  await guarded;
});
