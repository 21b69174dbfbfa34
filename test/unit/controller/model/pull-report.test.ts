import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPullReports } from '../../../../controller/model/pull-report.ts';

test('reports come in lines that are cut anywhere', () => {
  const reports = createPullReports();
  assert.deepEqual(reports.take(Buffer.from('{"doneBytes":1,"totalBy')), []);
  assert.deepEqual(reports.take(Buffer.from('tes":9}\n{"sizeBytes":3,"wasHere":true}\n')), [
    { kind: 'progress', doneBytes: 1, totalBytes: 9 },
    { kind: 'done', sizeBytes: 3, wasHere: true },
  ]);
});

test('what says nothing known is passed over, and nothing grows without end', () => {
  const reports = createPullReports();
  const strange = [
    '',
    'x',
    'null',
    '[]',
    '{"doneBytes":-1,"totalBytes":9}',
    '{"sizeBytes":"3"}',
    '{"sizeBytes":1e400}',
  ];
  assert.deepEqual(reports.take(Buffer.from(`${strange.join('\n')}\n`)), []);
  assert.deepEqual(reports.take(Buffer.from(`{"sizeBytes":3,"more":"${'x'.repeat(5000)}"}\n`)), []);
  for (let piece = 0; piece < 100; piece++) reports.take(Buffer.alloc(32 * 1024, 'x'));
  assert.deepEqual(reports.take(Buffer.from('\n{"doneBytes":5,"totalBytes":2}\n')), [
    { kind: 'progress', doneBytes: 2, totalBytes: 2 },
  ]);
});
