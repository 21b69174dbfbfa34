import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openSubPath } from '../../../../agent/volumes/sub-path.ts';

describe('a part of a volume', () => {
  let dir: string;
  let volume: string;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'longshore-sub-path-'));
    volume = join(dir, 'volume');
    await mkdir(join(volume, 'real/deep'), { recursive: true });
    await mkdir(join(dir, 'outside/deep'), { recursive: true });
    await writeFile(join(volume, 'real/file'), 'inside');
    await writeFile(join(dir, 'outside/file'), 'outside');
  });
  after(() => rm(dir, { recursive: true }));

  const same = async (subPath: string, path: string) => {
    await using opened = await openSubPath(volume, subPath);
    const { dev, ino } = await stat(path);
    assert.deepEqual([opened.stats.dev, opened.stats.ino], [dev, ino]);
  };

  it('is opened, be it a folder, a file or a socket, and through links that stay inside', async () => {
    await symlink('real', join(volume, 'link'));
    await symlink(join(volume, 'real/file'), join(volume, 'absolute'));
    await symlink('../volume/real', join(volume, 'around'));
    const server = createServer().listen(join(volume, 'socket'));
    try {
      await same('real', join(volume, 'real'));
      await same('real/file', join(volume, 'real/file'));
      await same('link/deep', join(volume, 'real/deep'));
      await same('absolute', join(volume, 'real/file'));
      await same('around/file', join(volume, 'real/file'));
      await same('socket', join(volume, 'socket'));
      await same('.', volume);
    } finally {
      server.close();
    }
  });

  for (const { name, target, subPath } of [
    { name: 'up', target: '..', subPath: 'up' },
    { name: 'neighbour', target: '../outside', subPath: 'neighbour/file' },
    { name: 'machine', target: '/etc/passwd', subPath: 'machine' },
    { name: 'made', target: '../outside', subPath: 'made/new/folder' },
  ]) {
    it(`that leads out of it by a link is refused (${subPath} -> ${target})`, async () => {
      await symlink(target, join(volume, name));
      await assert.rejects(openSubPath(volume, subPath), /leads out of its volume/);
    });
  }

  it('that is not there is made, with the mode of the volume and whatever leads to it', async () => {
    await same('new/and/deep', join(volume, 'real')).catch(() => undefined);
    const mode = (await stat(volume)).mode & 0o7777;
    for (const path of ['new', 'new/and', 'new/and/deep']) {
      const made = await stat(join(volume, path));
      assert.ok(made.isDirectory());
      assert.equal(made.mode & 0o7777, mode);
    }
    await assert.rejects(stat(join(dir, 'outside/new')), /ENOENT/);
  });

  it('that is a link to nothing, or below a file, is no part', async () => {
    await symlink('nowhere', join(volume, 'dangling'));
    await assert.rejects(openSubPath(volume, 'dangling'), /ENOENT/);
    await assert.rejects(openSubPath(volume, 'real/file/below'), /ENOTDIR/);
  });

  it('never is outside, even while a container swaps a folder for a link again and again', async () => {
    const [folder, aside] = [join(volume, 'swapped'), join(volume, 'aside')];
    await mkdir(folder);
    await writeFile(join(folder, 'file'), 'inside');
    await symlink('../outside', join(volume, 'bait'));
    let done = false;
    let opened = 0;
    const swap = async () => {
      await rename(folder, aside);
      await rename(join(volume, 'bait'), folder);
      await rename(folder, join(volume, 'bait'));
      await rename(aside, folder);
    };
    const swapping = (async () => {
      // In the moment when nothing is there, the other side makes a folder.
      const mend = async () => {
        await rm(folder, { recursive: true, force: true, maxRetries: 20 });
        await rename(aside, folder);
      };
      // Where it makes one again meanwhile, the next turn mends it.
      while (!done)
        await swap()
          .catch(mend)
          .catch(() => undefined);
    })();
    const outside = await stat(join(dir, 'outside/file'));
    const until = performance.now() + 1500;
    try {
      while (performance.now() < until || opened === 0) {
        const found = await openSubPath(volume, 'swapped/file').catch(() => undefined);
        if (!found) continue;
        opened++;
        assert.notEqual(found.stats.ino, outside.ino);
        await found[Symbol.asyncDispose]();
      }
    } finally {
      done = true;
      await swapping;
    }
    assert.equal(await readFile(join(dir, 'outside/file'), 'utf8'), 'outside');
  });
});
