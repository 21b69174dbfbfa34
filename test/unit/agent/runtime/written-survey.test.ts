import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type SurveyedPod, surveyWritten } from '../../../../agent/runtime/written-survey.ts';
import { createLog } from '../../../../common/log.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';
import { aContainerStatus, aPod, runningStatus } from '../../../kit/pods.ts';

function aWorld(t: { after(done: () => Promise<void>): void }, limits: Record<string, string> = {}) {
  const clock = new ManualClock();
  const world = {
    clock,
    isWatched: true,
    asked: [] as string[],
    noted: new Map<string, number>(),
    broken: false,
  };
  const pods = ['a', 'b'].map((id): SurveyedPod => {
    const containers = [{ name: 'main', image: 'busybox', resources: { limits } }];
    const status = runningStatus({
      containerStatuses: [aContainerStatus({ containerID: `docker://${id}` })],
    });
    const pod = aPod({ uid: id, name: id, spec: { containers } });
    return {
      record: { uid: id, pod, status, accepted: { wallMs: 0, monotonicMs: 0, bootId: '' } },
      noteWritten(bytes) {
        for (const [container, count] of bytes) world.noted.set(container, count);
      },
    };
  });
  const deps = {
    engine: {
      async writtenBytes(id: string) {
        world.asked.push(id);
        if (world.broken && id === 'a') throw new Error('Docker is away');
        await clock.sleep(100);
        return 777;
      },
    },
    isWatched: () => world.isWatched,
    ...{ clock, log: createLog({ name: 'test', level: 'silent' }) },
  };
  const stopping = new AbortController();
  const done = surveyWritten(() => pods, deps, stopping.signal);
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

describe('what containers have written', () => {
  it('is measured one after the other, in a hundredth of the time, and anew after five minutes', async (t) => {
    const { world, pass } = aWorld(t);
    await pass(5);
    assert.deepEqual(world.asked, ['a']);
    await pass(15);
    assert.deepEqual(world.asked, ['a', 'b']);
    await pass(270);
    assert.deepEqual(
      [...world.noted],
      [
        ['a', 777],
        ['b', 777],
      ],
    );
    assert.equal(world.asked.length, 2);
    await pass(30);
    assert.equal(world.asked.length, 4);
  });

  it('is not measured while nobody looks', async (t) => {
    const { world, pass } = aWorld(t);
    world.isWatched = false;
    await pass(25);
    const { length } = world.asked;
    await pass(600);
    assert.equal(world.asked.length, length);
    world.isWatched = true;
    await pass(11);
    assert.ok(world.asked.length > length);
  });

  it('is left to the guard where the pod has a limit, and one that cannot be measured keeps no other from it', async (t) => {
    const limited = aWorld(t, { 'ephemeral-storage': '1Gi' });
    await limited.pass(30);
    assert.deepEqual(limited.world.asked, []);
    const { world, pass } = aWorld(t);
    world.broken = true;
    await pass(320);
    assert.equal(world.noted.get('b'), 777);
  });
});
