import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Pod } from '../../../../../common/pod.ts';
import { imageLocality } from '../../../../../controller/model/placement/image-locality.ts';
import { anAgent, placed } from '../../../../kit/placement.ts';
import { aPod } from '../../../../kit/pods.ts';

const MB = 1024 * 1024;
const WEB = 'docker.io/library/web:1';
const BIG = `registry.example:5000/team/big@sha256:${'a'.repeat(64)}`;

function wanting(...images: string[]): Pod {
  return aPod({ spec: { containers: images.map((image, index) => ({ name: `c${index}`, image })) } });
}

/** Sizes in MiB, by agent. */
function scoresOf(pod: Pod, ...held: Record<string, number>[]): readonly number[] {
  const agents = held.map((sizes) => ({
    images: new Map(Object.entries(sizes).map(([name, size]) => [name, size * MB])),
  }));
  const holders = (image: string) => agents.filter(({ images }) => images.has(image)).length;
  return imageLocality(pod, agents, { count: agents.length, holders });
}

describe('image locality', () => {
  const cases: [what: string, pod: Pod, held: Record<string, number>[], scores: number[]][] = [
    ['nothing is anywhere', wanting('web:1'), [{}, {}], [0, 0]],
    ['it is on all alike', wanting('web:1'), [{ [WEB]: 1000 }, { [WEB]: 1000 }], [100, 100]],
    ['it is on one of two: half its size counts', wanting('web:1'), [{ [WEB]: 1000 }, {}], [48, 0]],
    ['less than 23 MiB is nothing', wanting('web:1'), [{ [WEB]: 22 }, { [WEB]: 22 }], [0, 0]],
    ['more than 1000 MiB is no more', wanting('web:1'), [{ [WEB]: 9000 }, { [WEB]: 900 }], [100, 89]],
    ['several containers share the scale', wanting('web:1', BIG), [{ [WEB]: 500, [BIG]: 1000 }], [74]],
    ['another tag is another image', wanting('web:2', 'web'), [{ [WEB]: 1000 }], [0]],
    ['names are made whole', wanting('index.docker.io/web:1'), [{ [WEB]: 1000 }], [100]],
    ['what is no image is nowhere', wanting('No Image!'), [{ [WEB]: 1000 }], [0]],
  ];
  for (const [what, pod, held, expected] of cases) {
    test(what, () => assert.deepEqual(scoresOf(pod, ...held), expected));
  }

  test('init containers count, and an agent that has not told holds nothing', () => {
    const pod = aPod({
      spec: { initContainers: [{ name: 'i', image: 'web:1' }], containers: [{ name: 'c', image: 'other' }] },
    });
    assert.deepEqual(
      imageLocality(pod, [{ images: new Map([[WEB, 1000 * MB]]) }, {}], { count: 1, holders: () => 1 }),
      [49, 0],
    );
  });

  test('a pod goes where its image is, unless something weightier speaks against it', () => {
    const images = new Map([[WEB, 800 * MB]]);
    const agents = [anAgent('a'), anAgent('b', { images }), anAgent('c')];
    assert.equal(placed(wanting('web:1'), agents), 'b');
    assert.equal(placed(wanting('other:1'), agents), 'a');
    const tainted = [{ key: 'k', effect: 'PreferNoSchedule' as const }];
    assert.equal(placed(wanting('web:1'), [anAgent('a'), anAgent('b', { images, taints: tainted })]), 'a');
  });
});
