import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { POD_SPEC } from '../../../agent/pod/support/pod-spec.ts';
import { reachable, splitProof, supportMatrixIsStale } from '../../../scripts/support-matrix.ts';
import { titlesOf } from '../../kit/test-titles.ts';

const tests = join(import.meta.dirname, '../..');
const tables = reachable(POD_SPEC);

describe('the support matrix', () => {
  it('names tests that exist', () => {
    const proofs = new Set(
      tables.flatMap(({ rows }) =>
        Object.values(rows).flatMap((row) => (row.kind === 'supported' ? row.tests : [])),
      ),
    );
    assert.ok(proofs.size > 10);
    const missing = [...proofs].filter((proof) => {
      const [name, title] = splitProof(proof);
      const file = join(tests, `${name}.test.ts`);
      return !existsSync(file) || !titlesOf(file).includes(title);
    });
    assert.deepEqual(missing, []);
  });

  it('names for each supported field a test that runs pods in Docker, or says what the machines of the tests lack', () => {
    const unproved = tables.flatMap(({ title, rows }) =>
      Object.entries(rows).flatMap(([field, row]) => {
        if (row.kind !== 'supported') return [];
        const isRun = row.tests.some((test) => /^(integration|e2e)\//.test(test));
        return isRun !== (row.notRunWith !== undefined) ? [] : [`${title}.${field}: ${row.tests}`];
      }),
    );
    assert.deepEqual(unproved, []);
  });

  it('has one section for each title', () => {
    const titles = tables.map(({ title }) => title);
    assert.deepEqual(
      titles.filter((title, index) => titles.indexOf(title) !== index),
      [],
    );
  });

  it('is what the tables say', () => {
    assert.equal(supportMatrixIsStale(), false, 'run: npm run generate');
  });
});
