import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { CreateRequest } from '../../../../agent/pod/create-options.ts';
import { PodObserver } from '../../../../agent/runtime/pod-observer.ts';
import { FakeEngine } from '../../../kit/fake-engine.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';

function request(attempt: number, image: string): CreateRequest {
  const pod = { agentUid: 'agent-1', podUid: 'uid-web', podName: 'web', podNamespace: 'default' };
  const own = { container: 'main', attempt, hash: '', sandboxId: '', restartDelayMs: 0 };
  return { name: `main-${attempt}`, identity: { ...pod, ...own }, options: { Image: image } };
}

it('what happens to a container while it is looked at is seen by the next look', async () => {
  const clock = new ManualClock();
  const engine = new FakeEngine(clock);
  const observer = new PodObserver(engine, clock, 'uid-web', async (container) => {
    if (container.limits?.CpuShares === 0) {
      await engine.resize(container.id, { CpuShares: 512, CpuQuota: 0, Memory: 0 });
      observer.forget(container.id);
    }
    return container;
  });
  await engine.create(request(0, 'image'));
  await observer.observe();
  const { containers } = await observer.observe();
  assert.deepEqual(
    containers.map(({ limits }) => limits?.CpuShares),
    [512],
  );
});

it('names of images are known for as long as a container of the pod is made from them', async () => {
  const clock = new ManualClock();
  const engine = new FakeEngine(clock);
  const observer = new PodObserver(engine, clock, 'uid-web', async (container) => container);
  const old = await engine.create(request(0, 'old'));
  await observer.observe();
  assert.deepEqual(observer.imageNames('old')?.repoTags, ['old:tag']);
  await engine.create(request(1, 'new'));
  await observer.observe();
  assert.deepEqual(observer.imageNames('old')?.repoTags, ['old:tag']);
  await engine.remove(old.id);
  await observer.observe();
  assert.equal(observer.imageNames('old'), undefined);
  assert.deepEqual(observer.imageNames('new')?.repoTags, ['new:tag']);
});
