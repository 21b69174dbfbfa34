import assert from 'node:assert/strict';
import {
  type FileHandle,
  mkdir,
  mkdtemp,
  open,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { mountsBelow, readMounts } from '../../../../agent/volumes/mount-table.ts';
import { systemMounter } from '../../../../agent/volumes/mounter.ts';
import { removeTree } from '../../../../agent/volumes/remove-tree.ts';
import { killedAfter } from '../../../kit/killed-writes.ts';

describe('a folder that is deleted', () => {
  let dir: string;
  let tree: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'longshore-tree-'));
    tree = join(dir, 'tree');
    await mkdir(tree);
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  const isThere = (path: string) =>
    stat(path).then(
      () => true,
      () => false,
    );
  const fill = async () => {
    await mkdir(join(tree, 'a/b/c/d'), { recursive: true });
    await mkdir(join(tree, 'empty'));
    for (const file of ['file', 'a/file', 'a/b/file', 'a/b/c/d/file'])
      await writeFile(join(tree, file), file);
  };

  it('goes with all that is in it, and with nothing that links lead to', async () => {
    await fill();
    const outside = join(dir, 'outside');
    await mkdir(outside);
    await writeFile(join(outside, 'file'), 'mine');
    for (const link of ['link', 'a/b/c/link']) await symlink(outside, join(tree, link));
    await removeTree(tree);
    assert.equal(await isThere(tree), false);
    assert.equal(await readFile(join(outside, 'file'), 'utf8'), 'mine');
    await removeTree(tree);
  });

  it('is not looked for where a link leads', async () => {
    await writeFile(join(tree, 'file'), 'mine');
    await symlink(tree, join(dir, 'link'));
    await assert.rejects(removeTree(join(dir, 'link')), /ENOTDIR|ELOOP/);
    assert.equal(await readFile(join(tree, 'file'), 'utf8'), 'mine');
  });

  it('takes nothing with it that is mounted in it, though nobody knew of that', async () => {
    await fill();
    const mounted = join(tree, 'a/b/c');
    await systemMounter.tmpfs(mounted, ['size=1m']);
    const file = join(mounted, 'server/file');
    await mkdir(join(mounted, 'server'));
    await writeFile(file, 'of the server');
    const handle = await open(file);
    try {
      await assert.rejects(removeTree(tree));
      assert.equal((await handle.stat()).nlink, 1);
      assert.equal(await handle.readFile('utf8'), 'of the server');
    } finally {
      await handle.close();
      for (const { mountPoint } of mountsBelow(await readMounts(), dir))
        await systemMounter.unmount(mountPoint);
    }
    await removeTree(tree);
    assert.equal(await isThere(tree), false);
  });

  it('goes however deep it is', async () => {
    let folder: FileHandle = await open(tree);
    for (let depth = 0; depth < 100; depth++) {
      const path = `/proc/self/fd/${folder.fd}/${'x'.repeat(200)}`;
      await mkdir(path);
      const next = await open(path);
      await folder.close();
      folder = next;
    }
    await writeFile(`/proc/self/fd/${folder.fd}/file`, '');
    await folder.close();
    await removeTree(tree);
    assert.equal(await isThere(tree), false);
  });

  it('goes in the end, whenever an agent died over it', async () => {
    let done = false;
    for (let changes = 1; !done; changes++) {
      await fill();
      done = await killedAfter(changes, () => removeTree(tree));
      await removeTree(tree);
      assert.equal(await isThere(tree), false, `killed after ${changes}`);
      await mkdir(tree);
    }
  });
});
