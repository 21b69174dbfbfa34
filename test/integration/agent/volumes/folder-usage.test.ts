import assert from 'node:assert/strict';
import { link, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileSystemBytes, folderBytes, folderUsage } from '../../../../agent/volumes/folder-usage.ts';
import { systemMounter } from '../../../../agent/volumes/mounter.ts';

const Mi = 1 << 20;

describe('how much a folder keeps', () => {
  let dir: string;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'longshore-usage-'));
  });
  after(() => rm(dir, { recursive: true }));

  it('is what its files take on the disk: all of them, links once, holes not at all, nothing outside', async () => {
    const folder = join(dir, 'folder');
    await mkdir(join(folder, 'a/b'), { recursive: true });
    await writeFile(join(folder, 'a/b/large'), Buffer.alloc(Mi, 1));
    await link(join(folder, 'a/b/large'), join(folder, 'again'));
    await writeFile(join(dir, 'outside'), Buffer.alloc(Mi, 1));
    await symlink('../outside', join(folder, 'link'));
    const { bytes, inodes } = await folderUsage(folder);
    assert.equal(inodes, 5, 'itself, two folders, one file however often linked, one link');
    await assert.rejects(folderUsage(folder, AbortSignal.abort()), { name: 'AbortError' });
    assert.ok(bytes >= Mi && bytes < Mi + 65_536, `${bytes}`);
    await mkdir(join(folder, 'mounted'));
    await systemMounter.tmpfs(join(folder, 'mounted'), ['size=4m']);
    try {
      await writeFile(join(folder, 'mounted/file'), Buffer.alloc(2 * Mi, 1));
      assert.ok((await folderBytes(folder)) < Mi + 65_536);
      const inMemory = await fileSystemBytes(join(folder, 'mounted'));
      assert.ok(inMemory >= 2 * Mi && inMemory < 2 * Mi + 65_536, `${inMemory}`);
    } finally {
      await systemMounter.unmount(join(folder, 'mounted'));
    }
  });
});
