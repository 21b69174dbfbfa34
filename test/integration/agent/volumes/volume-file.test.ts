import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readVolumeFile } from '../../../../agent/volumes/volume-file.ts';

describe('a file of a volume', () => {
  let dir: string;
  let volume: string;
  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'longshore-volume-file-'));
    volume = join(dir, 'volume');
    mkdirSync(join(volume, 'deep'), { recursive: true });
    writeFileSync(join(dir, 'outside'), 'outside');
    writeFileSync(join(volume, 'deep/file'), 'twelve bytes');
    symlinkSync('deep/file', join(volume, 'link'));
    symlinkSync('../outside', join(volume, 'out'));
    symlinkSync('nowhere', join(volume, 'dangling'));
    execFileSync('mkfifo', [join(volume, 'pipe')]);
  });
  after(() => rmSync(dir, { recursive: true }));

  it('is read, through links that stay inside', async () => {
    assert.equal(await readVolumeFile(volume, 'deep/file', 12), 'twelve bytes');
    assert.equal(await readVolumeFile(volume, 'link', 12), 'twelve bytes');
  });

  it('that is not there is none', async () => {
    assert.equal(await readVolumeFile(volume, 'none', 12), undefined);
    assert.equal(await readVolumeFile(volume, 'none/deeper', 12), undefined);
    assert.equal(await readVolumeFile(volume, 'dangling', 12), undefined);
  });

  for (const [path, why] of [
    ['out', /leads out of its volume/],
    ['../outside', /leads out of its volume/],
    ['pipe', /it is no file/],
    ['deep', /it is no file/],
  ] as const) {
    it(`is not '${path}'`, async () => {
      await assert.rejects(readVolumeFile(volume, path, 12), why);
    });
  }

  it('is no longer than it may be', async () => {
    await assert.rejects(readVolumeFile(volume, 'deep/file', 11), /longer than 11 bytes/);
  });
});
