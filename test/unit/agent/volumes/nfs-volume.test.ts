import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { NfsVolume } from '../../../../agent/pod/machine-volume.ts';
import { nfsArguments } from '../../../../agent/volumes/mounter.ts';
import { ensureNfs } from '../../../../agent/volumes/nfs-volume.ts';
import { podFolders } from '../../../../agent/volumes/pod-folders.ts';

describe('an NFS volume', () => {
  let dir: string;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'longshore-nfs-'));
  });
  after(() => rm(dir, { recursive: true }));

  async function mount(wish: Partial<NfsVolume>, complaint?: string): Promise<readonly string[]> {
    const volume: NfsVolume = {
      ...{ kind: 'nfs', name: 'data', title: 'data', server: 'nas', path: '/export', readOnly: false },
      options: [],
      ...wish,
    };
    let args: readonly string[] = [];
    const folders = podFolders({ disk: dir, memory: dir }, 'pod-1');
    const mounter = {
      async nfs(source: string, path: string, options: readonly string[]) {
        if (complaint) throw new Error(complaint);
        args = nfsArguments(source, path, options);
      },
    };
    await ensureNfs(volume, folders, { mounter, signal: new AbortController().signal });
    return args;
  }

  it('is mounted as mount(8) takes it, once', async () => {
    const target = join(dir, 'pod-1/volumes/data');
    assert.deepEqual(await mount({}), [...['-t', 'nfs', '-o', 'retry=0', '--', 'nas:/export', target]]);
    assert.ok((await mount({ options: ['retry=1'] })).includes('retry=1'));
    const wish = { server: 'fd00::1', readOnly: true, options: ['nfsvers=4.2', 'hard'] };
    assert.deepEqual(await mount(wish), [
      ...['-t', 'nfs', '-o', 'retry=0,ro,nfsvers=4.2,hard', '--', '[fd00::1]:/export', target],
    ]);
  });

  it('is refused when it could be taken for something else', async () => {
    for (const wish of [
      { server: '-o' },
      { server: 'nas:/other' },
      { server: '' },
      { path: 'export' },
      { options: ['hard,exec'] },
      { options: ['a b'] },
    ]) {
      await assert.rejects(mount(wish), { code: 'invalid' }, JSON.stringify(wish));
    }
  });

  it('says what to install where the machine has no client', async () => {
    const sayings = [
      'bad option; for several filesystems you might need a /sbin/mount.<type> helper program.',
      "unknown filesystem type 'nfs'.",
    ];
    for (const said of sayings) {
      const message = `mount of nas:/export failed: ${said} (install the NFS client on the machine: nfs-common or nfs-utils)`;
      await assert.rejects(mount({}, said), { message });
    }
  });
});
