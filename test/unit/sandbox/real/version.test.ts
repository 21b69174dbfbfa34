import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { KUBERNETES_VERSION } from '../../../../sandbox/real/version.ts';

const goMod = readFileSync(join(import.meta.dirname, '../../../control-plane/go.mod'), 'utf8');

describe('the pinned Go module', () => {
  it('builds the release that the sandbox looks for', () => {
    const lines = goMod.split('\n').map((line) => line.replace(/ \/\/ indirect$/, ''));
    assert.ok(lines.includes(`\tk8s.io/kubernetes ${KUBERNETES_VERSION}`));
  });

  it('has every part of Kubernetes of that same release', () => {
    const staging = [...goMod.matchAll(/^\t(k8s\.io\/\S+) => (\S+) (\S+)$/gm)];
    assert.ok(staging.length > 25);
    const expected = KUBERNETES_VERSION.replace('v1.', 'v0.');
    for (const [, from, to, version] of staging) assert.deepEqual([to, version], [from, expected]);
  });
});
