import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { canMountTreesReadOnly } from '../../../../agent/host/read-only-trees.ts';

describe('trees of mounts', () => {
  for (const [engineVersion, kernelVersion, expected] of [
    ['25.0.0', '5.12.0-1-amd64', true],
    ['28.2.2+dfsg1', '6.18.44', true],
    ['24.0.7', '6.1.0', false],
    ['20.10.24+dfsg1', '6.18.44', false],
    ['27.0', '5.10.0-33-amd64', false],
    ['27.0', '4.19', false],
    ['', '6.1.0', false],
  ] as const) {
    const can = expected ? 'can' : 'cannot';
    it(`${can} be made read-only by Docker ${engineVersion || 'unknown'} on Linux ${kernelVersion}`, () => {
      assert.equal(canMountTreesReadOnly({ engineVersion, kernelVersion }), expected);
    });
  }
});
