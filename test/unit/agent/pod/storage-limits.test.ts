import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { limitsStorage, storageExcess } from '../../../../agent/pod/storage-limits.ts';
import type { Pod } from '../../../../common/pod.ts';
import { aPod } from '../../../kit/pods.ts';

const Mi = 1 << 20;

const limited = (name: string, limit?: string) => ({
  name,
  ...(limit ? { resources: { limits: { 'ephemeral-storage': limit } } } : {}),
});
const withLimit = (sizeLimit?: string) => [{ name: 'cache', emptyDir: { sizeLimit } }];
const podOf = (spec: Partial<Pod['spec']>) => aPod({ spec });

function excess(pod: Pod, cache: number, containers: Record<string, number> = {}, onDisk = true) {
  return storageExcess(pod, {
    emptyDirs: new Map([['cache', { bytes: cache, onDisk }]]),
    containers: new Map(Object.entries(containers)),
  });
}

describe('what a pod keeps on the disk', () => {
  it('is looked at where something limits it', () => {
    assert.equal(limitsStorage(podOf({ volumes: withLimit() })), false);
    assert.equal(limitsStorage(podOf({ volumes: withLimit('0') })), false);
    assert.equal(limitsStorage(podOf({ volumes: withLimit('1Mi') })), true);
    assert.equal(limitsStorage(podOf({ containers: [limited('main', '1Gi')] })), true);
    assert.equal(limitsStorage(podOf({ initContainers: [limited('init', '1Gi')] })), true);
  });

  const EMPTY_DIR = 'Usage of EmptyDir volume "cache" exceeds the limit "1Mi".';
  it('may fill an emptyDir up to its limit, in memory or not', () => {
    const pod = podOf({ volumes: withLimit('1Mi') });
    assert.equal(excess(pod, Mi), undefined);
    assert.equal(excess(pod, Mi + 1), EMPTY_DIR);
    assert.equal(excess(pod, Mi + 1, {}, false), EMPTY_DIR);
    assert.equal(excess(podOf({ volumes: withLimit('0') }), Mi), undefined);
  });

  it('may fill a container up to its limit, and all with the emptyDirs on the disk up to the sum', () => {
    const containers = [limited('a', '1Mi'), limited('b', '3Mi'), limited('c')];
    const pod = podOf({ volumes: withLimit(), containers });
    const total = 'Pod ephemeral local storage usage exceeds the total limit of containers 4Mi.';
    assert.equal(excess(pod, 0, { a: Mi, b: 3 * Mi }), undefined);
    assert.equal(
      excess(pod, 0, { a: Mi + 1 }),
      'Container a exceeded its local ephemeral storage limit "1Mi".',
    );
    assert.equal(excess(pod, 2 * Mi, { c: 2 * Mi + 1 }), total);
    assert.equal(excess(pod, 2 * Mi, { c: 2 * Mi + 1 }, false), undefined);
  });

  it('is held to the limits of what runs at one time: init containers run before the others', () => {
    const initContainers = [
      { ...limited('stays', '1Mi'), restartPolicy: 'Always' },
      limited('first', '2Mi'),
      limited('second', '2Mi'),
    ];
    const pod = (limit: string) =>
      podOf({ volumes: withLimit(), initContainers, containers: [limited('main', limit)] });
    const total = (limit: string) =>
      `Pod ephemeral local storage usage exceeds the total limit of containers ${limit}.`;
    assert.equal(excess(pod('4Mi'), 5 * Mi), undefined);
    assert.equal(excess(pod('4Mi'), 5 * Mi + 1), total('5Mi'));
    assert.equal(excess(pod('1Mi'), 3 * Mi + 1), total('3Mi'));
  });

  it('counts for nothing while it cannot be measured', () => {
    const pod = podOf({ volumes: withLimit('1Mi'), containers: [limited('main', '1Mi')] });
    assert.equal(storageExcess(pod, { emptyDirs: new Map(), containers: new Map() }), undefined);
  });
});
