import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PodVolume } from '../../../../agent/pod/pod-volume.ts';
import { type SurveyedPod, surveyDisk } from '../../../../agent/runtime/disk-survey.ts';
import type { VolumeUse } from '../../../../agent/stats/reading.ts';
import { createLog } from '../../../../common/log.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';
import { aContainerStatus, aPod, runningStatus } from '../../../kit/pods.ts';

const DATA: PodVolume = {
  ...{ kind: 'empty-dir', name: 'data', memory: undefined, sizeLimitBytes: undefined, group: undefined },
};
const ROOM = { capacityBytes: 1000, availableBytes: 400 };

function aWorld(t: { after(done: () => Promise<void>): void }, limits: Record<string, string> = {}) {
  const clock = new ManualClock();
  const world = {
    clock,
    isWatched: true,
    asked: [] as string[],
    noted: new Map<string, number>(),
    volumes: new Map<string, readonly VolumeUse[]>(),
    broken: false,
    endless: false,
  };
  const pods = ['a', 'b'].map((id): SurveyedPod => {
    const containers = [{ name: 'main', image: 'busybox', resources: { limits } }];
    const status = runningStatus({
      containerStatuses: [aContainerStatus({ containerID: `docker://${id}` })],
    });
    const pod = aPod({ uid: id, name: id, spec: { containers } });
    return {
      record: { uid: id, pod, status, accepted: { wallMs: 0, monotonicMs: 0, bootId: '' } },
      noteWritten(written) {
        for (const [container, { layerBytes }] of written) world.noted.set(container, layerBytes);
      },
      volumes: () => [DATA],
      noteVolumes: (uses) => void world.volumes.set(id, uses),
    };
  });
  const deps = {
    engine: {
      async written(id: string) {
        world.asked.push(id);
        if (world.broken && id === 'a') throw new Error('Docker is away');
        await clock.sleep(100);
        return { layerBytes: 777 };
      },
    },
    machineVolumes: {
      async measure(uid: string, { name }: PodVolume, signal: AbortSignal) {
        world.asked.push(`${uid}/${name}`);
        await clock.sleep(world.endless && uid === 'a' ? Number.MAX_SAFE_INTEGER : 100, signal);
        return { name, usedBytes: 55, filesystem: ROOM };
      },
    },
    isWatched: () => world.isWatched,
    ...{ clock, log: createLog({ name: 'test', level: 'silent' }) },
  };
  const stopping = new AbortController();
  const done = surveyDisk(() => pods, deps, stopping.signal);
  t.after(async () => {
    stopping.abort();
    await clock.advance(1000);
    await done;
  });
  const pass = async (seconds: number) => {
    for (let tenth = 0; tenth < seconds * 10; tenth++) await clock.advance(100);
  };
  return { world, pass };
}

const ROUND = ['a', 'a/data', 'b', 'b/data'];

describe('what pods keep on the disk', () => {
  it('is measured one after the other, in a hundredth of the time, and anew after five minutes', async (t) => {
    const { world, pass } = aWorld(t);
    await pass(5);
    assert.deepEqual(world.asked, ROUND.slice(0, 1));
    await pass(10);
    assert.deepEqual(world.asked, ROUND.slice(0, 2));
    await pass(30);
    assert.deepEqual(world.asked, ROUND);
    assert.deepEqual(Object.fromEntries(world.noted), { a: 777, b: 777 });
    await pass(230);
    assert.deepEqual(world.asked, ROUND);
    const use = [{ name: 'data', usedBytes: 55, filesystem: ROOM }];
    assert.deepEqual(Object.fromEntries(world.volumes), { a: use, b: use });
    await pass(90);
    assert.deepEqual(world.asked, [...ROUND, ...ROUND]);
  });

  it('is not measured while nobody looks', async (t) => {
    const { world, pass } = aWorld(t);
    world.isWatched = false;
    await pass(60);
    const { length } = world.asked;
    await pass(600);
    assert.equal(world.asked.length, length);
    world.isWatched = true;
    await pass(11);
    assert.ok(world.asked.length > length);
  });

  it('is left to the guard where the pod has a limit for what containers write', async (t) => {
    const { world, pass } = aWorld(t, { 'ephemeral-storage': '1Gi' });
    await pass(60);
    assert.deepEqual(world.asked, ['a/data', 'b/data']);
  });

  it('of one that cannot be measured keeps no other from it', async (t) => {
    const { world, pass } = aWorld(t);
    world.broken = true;
    await pass(320);
    assert.equal(world.noted.get('b'), 777);
    assert.equal(world.volumes.get('a')?.length, 1);
  });

  it('in a folder without end is given up after ten seconds, and told of none', async (t) => {
    const { world, pass } = aWorld(t);
    world.endless = true;
    await pass(15 + 10 + 1000 + 30);
    assert.deepEqual(world.volumes.get('a'), []);
    assert.equal(world.volumes.get('b')?.length, 1);
  });
});
