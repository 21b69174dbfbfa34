import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { heldImages } from '../../../../agent/images/held-images.ts';
import type { ImageFacts } from '../../../../agent/images/image-engine.ts';
import { createImageReport } from '../../../../agent/images/image-report.ts';
import { createLog } from '../../../../common/log.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';

function image(name: string, sizeBytes: number, change: Partial<ImageFacts> = {}): ImageFacts {
  return {
    ...{ id: `sha256:${name}`, repoTags: [`${name}:1`], repoDigests: [], sizeBytes },
    ...{ os: '', architecture: '' },
    ...change,
  };
}

describe('the images that the controller is told of', () => {
  it('have names, are the largest, and no more than are worth telling', () => {
    const many = Array.from({ length: 150 }, (_, size) => image(`i${size}`, size));
    const told = heldImages(many);
    assert.equal(told.length, 100);
    assert.deepEqual(told[0], { names: ['i149:1'], sizeBytes: 149 });
    assert.deepEqual(heldImages([image('x', 1, { repoTags: [] })]), []);
    const named = image('x', 1, {
      repoTags: ['a:1', 'b:1', 'c:1', 'd:1'],
      repoDigests: ['x@sha256:1', 'x@sha256:2'],
    });
    assert.deepEqual(heldImages([named])[0]?.names, ['x@sha256:1', 'x@sha256:2', 'a:1', 'b:1', 'c:1']);
  });

  it('are looked at anew when some were pulled, and now and then, and told when they differ', async () => {
    const clock = new ManualClock();
    let present = [image('a', 1)];
    let failing = false;
    const list = async () => {
      if (failing) throw new Error('Docker is away');
      return present;
    };
    const report = createImageReport({
      engine: { list },
      clock,
      log: createLog({ name: 'test', level: 'silent' }),
    });
    const stopping = new AbortController();
    let changes = 0;
    assert.equal(report.images(), undefined);
    const running = report.run(stopping.signal, () => changes++);
    await clock.advance(0);
    assert.deepEqual([changes, report.images()?.length], [1, 1]);
    await clock.advance(300_000);
    assert.equal(changes, 1);
    present = [image('a', 1), image('b', 2)];
    report.refresh();
    await clock.advance(0);
    assert.deepEqual([changes, report.images()?.length], [2, 2]);
    failing = true;
    await clock.advance(300_000);
    assert.deepEqual([changes, report.images()?.length], [2, 2], 'what is not known stays');
    stopping.abort();
    await running;
  });
});
