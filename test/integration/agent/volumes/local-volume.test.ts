import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { LocalVolume, VolumeOwner } from '../../../../agent/pod/machine-volume.ts';
import { ensureLocal } from '../../../../agent/volumes/local-volume.ts';
import { podFolders } from '../../../../agent/volumes/pod-folders.ts';

const GROUP = 4321;

describe('a local volume', () => {
  let dir: string;
  let path: string;
  let outside: string;
  let pods = 0;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'longshore-local-'));
    path = join(dir, 'disk');
    outside = join(dir, 'outside');
    await mkdir(join(path, 'folder'), { recursive: true });
    await writeFile(join(path, 'folder', 'file'), '');
    await writeFile(outside, '');
    for (const file of [outside, join(path, 'folder', 'file')]) await chmod(file, 0o600);
    await chmod(path, 0o755);
    await chmod(join(path, 'folder'), 0o700);
    await symlink(outside, join(path, 'link'));
  });
  afterEach(() => rm(dir, { recursive: true }));

  const volume = (owner?: Partial<VolumeOwner>, at = path): LocalVolume => ({
    ...{ kind: 'local', name: 'data', title: 'pv-1', path: at, readOnly: false },
    owner: owner && { group: GROUP, onlyOnMismatch: false, ...owner },
  });
  /** As for a pod of its own each time, unless one is named. */
  const ensure = (wish: LocalVolume, pod = `pod-${++pods}`) =>
    ensureLocal(wish, podFolders({ disk: join(dir, 'pods'), memory: dir }, pod));
  const look = async (file: string) => {
    const { gid, mode } = await stat(file);
    return [gid, (mode & 0o7777).toString(8)];
  };

  it('comes to belong to the pod’s group, all of it or where it does not yet', async () => {
    await ensure(volume());
    assert.deepEqual(await look(path), [0, '755']);
    await ensure(volume({ onlyOnMismatch: true }));
    assert.deepEqual(await look(path), [GROUP, '2775']);
    assert.deepEqual(await look(join(path, 'folder')), [GROUP, '2770']);
    assert.deepEqual(await look(join(path, 'folder/file')), [GROUP, '660']);
    await chmod(join(path, 'folder/file'), 0o600);
    await ensure(volume({ onlyOnMismatch: true }));
    assert.deepEqual(
      await look(join(path, 'folder/file')),
      [GROUP, '600'],
      'the folder belongs to it already',
    );
    await ensure(volume({}));
    assert.deepEqual(await look(join(path, 'folder/file')), [GROUP, '660']);
    assert.deepEqual(await look(outside), [0, '600'], 'what a link leads to is nobody’s business');
  });

  it('is given once to each pod: what its containers do then stays', async () => {
    await ensure(volume({}), 'pod');
    await chmod(join(path, 'folder/file'), 0o600);
    await ensure(volume({}), 'pod');
    assert.deepEqual(await look(join(path, 'folder/file')), [GROUP, '600']);
  });

  it('must be there, a folder', async () => {
    const missing = join(dir, 'missing');
    await assert.rejects(ensure(volume({}, missing)), { message: `path "${missing}" does not exist` });
    await assert.rejects(ensure(volume({}, outside)), /is no directory: agents format and mount no disks/);
    await assert.rejects(ensure(volume({}, 'disk')), { message: 'path "disk" is not absolute' });
  });
});
