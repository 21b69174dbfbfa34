import assert from 'node:assert/strict';
import { test } from 'node:test';
import { imagesByName, nodeImages } from '../../../../controller/model/held-images.ts';

const digest = `sha256:${'a'.repeat(64)}`;

test('an image is found by each of its names, made whole', () => {
  const held = [
    { names: [`busybox@${digest}`, 'busybox:1.36', 'localhost:5000/b:2'], sizeBytes: 5 },
    { names: ['<none>:<none>', 'not an image'], sizeBytes: 7 },
  ];
  assert.deepEqual(
    [...imagesByName(held)],
    [
      [`docker.io/library/busybox@${digest}`, 5],
      ['docker.io/library/busybox:1.36', 5],
      ['localhost:5000/b:2', 5],
    ],
  );
});

test('a node shows the fifty largest', () => {
  const held = Array.from({ length: 80 }, (_, size) => ({ names: [`image:${size}`], sizeBytes: size }));
  const shown = nodeImages(held);
  assert.equal(shown.length, 50);
  assert.deepEqual(shown[0], { names: ['image:79'], sizeBytes: 79 });
  assert.equal(shown.at(-1)?.sizeBytes, 30);
});
