// The contract: every scenario is asked of the built-in control plane, and of the real one where its binaries are at
// hand. The golden files are what the real one answered; the built-in one must answer the same, and the real one still.
// `UPDATE_GOLDEN=1` writes them anew from the real one.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { binaryFolders, findBinaries, noBinaries } from '../../sandbox/real/binaries.ts';
import { KUBERNETES_VERSION } from '../../sandbox/real/version.ts';
import { differences, goldenNames, readGolden, writeGolden } from './golden.ts';
import { normalise } from './normalise.ts';
import { type Plane, startBuiltin, startReal } from './plane.ts';
import { play } from './scenario.ts';
import { SCENARIOS } from './scenarios.ts';

const UPDATE = process.env['UPDATE_GOLDEN'] === '1';
const binaries = findBinaries(binaryFolders(process.env));
/** Scenarios keep to themselves, and some of them mostly wait. */
const AT_ONCE = 4;

if (UPDATE && !binaries) throw noBinaries(process.env);

if (binaries) {
  describe('the real control plane', { concurrency: AT_ONCE }, async () => {
    const plane = await owned(startReal(binaries));
    for (const scenario of SCENARIOS) {
      test(`answers as in its golden file: ${scenario.name}`, async () => {
        const answers = normalise(await play(plane, scenario));
        if (UPDATE) writeGolden(scenario.name, answers, KUBERNETES_VERSION);
        expectGolden(scenario.name, answers);
      });
    }
  });
} else {
  const skip = noBinaries(process.env).message;
  test('the golden files are what the real control plane answers', { skip }, () => {});
}

describe('the built-in control plane', { concurrency: AT_ONCE }, async () => {
  const plane = await owned(startBuiltin());
  for (const scenario of SCENARIOS) {
    test(`answers as the real one: ${scenario.name}`, async () => {
      expectGolden(scenario.name, normalise(await play(plane, scenario)));
    });
  }
});

test('every scenario has a golden file, and no other has', () => {
  assert.deepEqual(goldenNames().sort(), SCENARIOS.map(({ name }) => name).sort());
});

async function owned(starting: Promise<Plane>): Promise<Plane> {
  const plane = await starting;
  after(() => plane[Symbol.asyncDispose]());
  return plane;
}

function expectGolden(name: string, answers: readonly unknown[]): void {
  const lines = differences(readGolden(name, KUBERNETES_VERSION), answers);
  assert.equal(lines.length, 0, `\n${lines.join('\n')}`);
}
