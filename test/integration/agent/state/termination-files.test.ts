import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createTerminationFiles } from '../../../../agent/state/termination-files.ts';

describe('termination files', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'longshore-words-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const attempt = (number: number) => ({ podUid: 'uid', container: 'main', attempt: number });

  it('are empty, may be written by anybody, and are read from their end, no more than asked', async () => {
    const files = createTerminationFiles(folder);
    const path = await files.create(attempt(0));
    assert.equal(statSync(path).mode & 0o777, 0o666);
    assert.equal(await files.read(attempt(0), 10), '');
    writeFileSync(path, 'short');
    assert.equal(await files.read(attempt(0), 10), 'short');
    writeFileSync(path, `${'a'.repeat(1000)} the end`);
    assert.equal(await files.read(attempt(0), 10), 'aa the end');
    assert.equal(await files.create(attempt(0)), path, 'made anew for a new container of the same name');
    assert.equal(await files.read(attempt(0), 10), '');
  });

  it('are kept for the last two attempts, and go with the pod', async () => {
    const files = createTerminationFiles(folder);
    const paths = [];
    for (const number of [0, 1, 2]) paths.push(await files.create(attempt(number)));
    assert.deepEqual(paths.map(existsSync), [false, true, true]);
    await files.remove('uid');
    await files.remove('uid');
    assert.equal(await files.read(attempt(2), 10), '');
  });

  it('have no names that lead elsewhere', async () => {
    const files = createTerminationFiles(folder);
    await assert.rejects(files.create({ podUid: '../x', container: 'main', attempt: 0 }), /no name/);
    await assert.rejects(files.create({ podUid: 'uid', container: '..', attempt: 0 }), /no name/);
  });
});
