import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PodMemory } from '../../../../agent/runtime/pod-memory.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';
import { aPod } from '../../../kit/pods.ts';

describe('what is remembered of a pod', () => {
  const podOf = (image: string) => aPod({ spec: { containers: [{ name: 'main', image }] } });

  it('is of containers that are there', () => {
    const memory = new PodMemory(new ManualClock());
    memory.killed('old');
    memory.killed('new');
    memory.retain(podOf('a:1'), new Set(['new']));
    assert.deepEqual([...memory.recall(podOf('a:1'), undefined).killedMsAgo.keys()], ['new']);
  });

  it('is of images that it names: the back-off of another goes with it', () => {
    const memory = new PodMemory(new ManualClock());
    const fail = () => {
      memory.pulling('main', 'a:1');
      memory.imageFailed('main', 'a:1', { reason: 'ErrImagePull', message: 'no', lacked: [] });
      const state = memory.recall(podOf('a:1'), undefined).images.get('main');
      return state?.kind === 'failed' && state.delayMs;
    };
    assert.equal(fail(), 10_000);
    memory.retain(podOf('a:1'), new Set());
    assert.equal(fail(), 20_000);
    memory.retain(podOf('b:1'), new Set());
    assert.equal(fail(), 10_000);
  });
});
