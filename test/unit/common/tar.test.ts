import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { type TarEntry, tarArchive } from '../../../common/tar.ts';

const ENTRIES: readonly TarEntry[] = [
  { path: 'bin', mode: 0o755, kind: 'folder' },
  { path: 'bin/tool', mode: 0o755, kind: 'file', content: 'x'.repeat(513) },
  { path: 'bin/alias', mode: 0o777, kind: 'link', target: 'tool' },
  { path: 'empty', mode: 0o644, kind: 'file', content: '' },
];

describe('tarArchive', () => {
  it('is read by tar with names, modes, sizes and link targets as given', () => {
    const listing = execFileSync('tar', ['--numeric-owner', '--utc', '-tvf', '-'], {
      input: tarArchive(ENTRIES),
      encoding: 'utf8',
    });
    assert.deepEqual(
      listing
        .trim()
        .split('\n')
        .map((line) => line.replaceAll(/ +/g, ' ')),
      [
        'drwxr-xr-x 0/0 0 1970-01-01 00:00 bin/',
        '-rwxr-xr-x 0/0 513 1970-01-01 00:00 bin/tool',
        'lrwxrwxrwx 0/0 0 1970-01-01 00:00 bin/alias -> tool',
        '-rw-r--r-- 0/0 0 1970-01-01 00:00 empty',
      ],
    );
  });

  it('gives file content back byte for byte', () => {
    const content = Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 256));
    const archive = tarArchive([{ path: 'data', mode: 0o600, kind: 'file', content }]);
    assert.deepEqual(execFileSync('tar', ['-xOf', '-', 'data'], { input: archive }), content);
  });

  it('makes the same archive from the same entries', () => {
    assert.ok(tarArchive(ENTRIES).equals(tarArchive(ENTRIES)));
  });

  it('refuses a name that the format cannot hold', () => {
    assert.throws(
      () => tarArchive([{ path: 'a'.repeat(101), mode: 0o644, kind: 'file', content: '' }]),
      /too long for a tar archive/,
    );
  });
});
