import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, readFile, rm, stat, statfs, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { HostPath, NfsVolume } from '../../../../agent/pod/machine-volume.ts';
import type { EmptyDir, VolumeWish } from '../../../../agent/pod/pod-volume.ts';
import type { VolumeMount } from '../../../../agent/pod/volume-mounts.ts';
import type { PodVolumes } from '../../../../agent/runtime/pod-volumes.ts';
import { readMounts } from '../../../../agent/volumes/mount-table.ts';
import { type Mounter, systemMounter } from '../../../../agent/volumes/mounter.ts';
import { openVolumes } from '../../../../agent/volumes/volumes.ts';
import { createLog } from '../../../../common/log.ts';
import { killedAfter } from '../../../kit/killed-writes.ts';
import { NO_EXPORT, type VolumeFolders, volumeFolders } from '../../../kit/volume-folders.ts';

const POD = 'pod-1';

const emptyDir = (wish: Partial<EmptyDir> = {}): EmptyDir => ({
  kind: 'empty-dir',
  name: 'data',
  memory: undefined,
  sizeLimitBytes: undefined,
  group: undefined,
  ...wish,
});
const inMemory = (wish: Partial<EmptyDir> = {}) => emptyDir({ memory: { maxBytes: 1 << 20 }, ...wish });
const hostPath = (path: string, type = ''): HostPath => ({ kind: 'host-path', name: 'host', path, type });
const mount = (volume: string, subPath = ''): VolumeMount => ({
  volume,
  target: '/data',
  subPath,
  readOnly: false,
  recursive: false,
  propagation: 'rprivate',
});
const modeOf = async (path: string) => ((await stat(path)).mode & 0o7777).toString(8);

const NEVER = new AbortController().signal;

describe('volumes on the machine', () => {
  let folders: VolumeFolders;
  let volumes: PodVolumes;
  beforeEach(async () => {
    folders = await volumeFolders();
    volumes = await folders.open();
  });
  afterEach(() => folders[Symbol.asyncDispose]());

  const setUp = async (...wished: readonly VolumeWish[]) => {
    assert.deepEqual(await volumes.setUp(POD, wished, NEVER), []);
    return wished;
  };
  const sourceOf = async (volume: VolumeWish, subPath = '', container = 'main') => {
    const wish = { podUid: POD, container, volumes: [volume], mounts: [mount(volume.name, subPath)] };
    const found = await volumes.sources(wish);
    assert.equal(found.kind, 'ok');
    return found.kind === 'ok' ? (found.sources[0] ?? '') : '';
  };

  it('are measured: what lies in a folder of the pod’s own, all of a file system of its own, nothing of the machine’s', async () => {
    const [onDisk, ram] = [emptyDir(), inMemory({ name: 'ram' })];
    await setUp(onDisk, ram, hostPath(folders.machineDir));
    for (const volume of [onDisk, ram])
      await writeFile(join(await sourceOf(volume), 'file'), Buffer.alloc(65_536, 1));
    const use = (volume: VolumeWish) => volumes.measure(POD, volume, NEVER);
    const disk = await use(onDisk);
    const { bsize, blocks } = await statfs(await sourceOf(onDisk));
    assert.ok(disk && disk.usedBytes >= 65_536 && disk.usedBytes < 100_000, JSON.stringify(disk));
    assert.deepEqual(
      [disk.name, disk.usedInodes, disk.filesystem.capacityBytes],
      ['data', 2, bsize * blocks],
    );
    assert.ok(disk.filesystem.availableBytes > 0 && disk.filesystem.availableBytes < bsize * blocks);
    const inRam = await use(ram);
    assert.ok(inRam && inRam.usedBytes >= 65_536 && inRam.usedBytes < 100_000, JSON.stringify(inRam));
    assert.equal(inRam.filesystem.capacityBytes, 1 << 20, 'what it may have');
    assert.equal(await use(hostPath(folders.machineDir)), undefined);
  });

  describe('emptyDir', () => {
    it('lets anybody write, and belongs to the pod’s group', async () => {
      const [plain, grouped] = [emptyDir(), emptyDir({ name: 'grouped', group: 4321 })];
      await setUp(plain, grouped);
      assert.equal(await modeOf(await sourceOf(plain)), '777');
      const path = await sourceOf(grouped);
      assert.equal(await modeOf(path), '2777');
      assert.equal((await stat(path)).gid, 4321);
    });

    it('keeps what containers did to it, whoever looks again', async () => {
      const volume = emptyDir({ group: 4321 });
      await setUp(volume);
      const path = await sourceOf(volume);
      await writeFile(join(path, 'file'), 'kept');
      await chmod(path, 0o700);
      volumes = await folders.open();
      await setUp(volume);
      assert.equal(await readFile(join(path, 'file'), 'utf8'), 'kept');
      assert.equal(await modeOf(path), '700');
    });

    it('is whole even when an agent died while making it', async () => {
      await mkdir(join(folders.diskDir, POD, 'unfinished/data/rest'), { recursive: true });
      const volume = emptyDir();
      await setUp(volume);
      assert.deepEqual(await readdir(await sourceOf(volume)), []);
      assert.equal(await modeOf(await sourceOf(volume)), '777');
    });

    it('in memory is a tmpfs with its size, mounted once', async () => {
      const volume = inMemory({ group: 4321 });
      await Promise.all([setUp(volume), volumes.setUp('pod-2', [volume], NEVER)]);
      const path = await sourceOf(volume);
      await writeFile(join(path, 'file'), 'kept');
      volumes = await folders.open();
      await setUp(volume);
      assert.equal(await readFile(join(path, 'file'), 'utf8'), 'kept');
      const { type, blocks, bsize } = await statfs(path);
      assert.deepEqual([type, blocks * bsize], [0x01021994, 1 << 20]);
      assert.equal(await modeOf(path), '2777');
      assert.equal((await stat(path)).gid, 4321);
      await assert.rejects(writeFile(join(path, 'large'), Buffer.alloc(2 << 20)), /ENOSPC/);
      assert.equal((await folders.mounted()).length, 3, 'the agent’s own, and one for each pod');
    });

    it('in memory grows and shrinks with what its pod may have, never below what it holds', async () => {
      const sized = (mebibytes: number) => inMemory({ memory: { maxBytes: mebibytes << 20 }, group: 4321 });
      await setUp(sized(1));
      const path = await sourceOf(sized(1));
      const size = async () => {
        const { blocks, bsize } = await statfs(path);
        return blocks * bsize;
      };
      const mounted = await folders.mounted();
      await setUp(sized(4));
      assert.equal(await size(), 4 << 20);
      await writeFile(join(path, 'file'), Buffer.alloc(3 << 20, 'x'));
      volumes = await folders.open();
      await setUp(sized(2));
      assert.equal(await size(), 3 << 20, 'what is there stays');
      assert.deepEqual(await readFile(join(path, 'file')), Buffer.alloc(3 << 20, 'x'));
      await rm(join(path, 'file'));
      await setUp(sized(2));
      assert.equal(await size(), 2 << 20);
      assert.equal(await modeOf(path), '2777');
      assert.equal((await stat(path)).gid, 4321);
      assert.deepEqual(await folders.mounted(), mounted, 'the same file system, on which containers are');
    });
  });

  describe('nfs', () => {
    it('that cannot be mounted says so, and leaves nothing behind', async () => {
      const share = { server: '127.0.0.1', path: '/nothing', readOnly: true, options: ['retry=0'] };
      const volume: VolumeWish = { kind: 'nfs', name: 'share', title: 'share', ...share };
      const [failure] = await volumes.setUp(POD, [volume], NEVER);
      assert.match(failure?.message ?? '', /^mount of 127\.0\.0\.1:\/nothing failed: \S/);
      assert.deepEqual(await folders.mounted(), []);
      await volumes.tearDown(POD);
      assert.deepEqual(await readdir(folders.diskDir), []);
    });
  });

  describe('files', () => {
    const secret = (wish: Partial<VolumeWish & { kind: 'files' }> = {}): VolumeWish => ({
      kind: 'files',
      name: 'keys',
      inMemory: true,
      group: undefined,
      defaultMode: 0o644,
      projections: [],
      revision: '1',
      files: new Map([['password', { content: Buffer.from('s3cret'), mode: 0o400 }]]),
      ...wish,
    });

    it('that may be secret lie on a tmpfs and nowhere else, for nobody else to see', async () => {
      await setUp(secret());
      const path = await sourceOf(secret());
      assert.equal(await readFile(join(path, 'password'), 'utf8'), 's3cret');
      assert.equal((await statfs(path)).type, 0x01021994);
      assert.ok(path.startsWith(folders.memoryDir));
      assert.equal(await modeOf(folders.memoryDir), '700');
      const [mount] = (await readMounts()).filter(({ mountPoint }) => mountPoint === folders.memoryDir);
      assert.equal(mount?.fileSystem, 'tmpfs');
      await volumes.tearDown(POD);
      await assert.rejects(stat(path), /ENOENT/);
    });

    it('that may not be secret lie on the disk', async () => {
      const settings = secret({ inMemory: false });
      await setUp(settings);
      assert.ok((await sourceOf(settings)).startsWith(folders.diskDir));
    });

    it('that may be secret are not written where no tmpfs can be had', async () => {
      const log = createLog({ name: 'test', level: 'silent' });
      for (const tmpfs of [async () => {}, () => Promise.reject(new Error('not permitted'))]) {
        const mounter = { ...systemMounter, tmpfs };
        // On the disk, as nothing is mounted there.
        const memoryDir = join(folders.dir, 'memory');
        const { diskDir, dir: imagesDir } = folders;
        const options = { diskDir, memoryDir, imagesDir, exporter: NO_EXPORT, mounter, log };
        const refusing = await openVolumes(options);
        const [failure] = await refusing.setUp(POD, [secret()], NEVER);
        assert.match(
          failure?.message ?? '',
          /is not on a tmpfs, so no secret is written to it|not permitted/,
        );
        assert.deepEqual(await readdir(memoryDir), []);
      }
    });

    it('are known to be there until they are gone', async () => {
      const volume = secret();
      assert.ok(volume.kind === 'files');
      assert.equal(await volumes.hasFiles(POD, volume), false);
      await setUp(volume);
      assert.equal(await volumes.hasFiles(POD, volume), true);
      await volumes.tearDown(POD);
      assert.equal(await volumes.hasFiles(POD, volume), false);
    });

    it('of which a part is mounted keep that part as it was', async () => {
      await setUp(secret());
      const part = await sourceOf(secret(), 'password');
      await setUp(secret({ files: new Map([['password', { content: Buffer.from('new'), mode: 0o400 }]]) }));
      assert.equal(await readFile(part, 'utf8'), 's3cret');
      assert.equal(await readFile(join(await sourceOf(secret()), 'password'), 'utf8'), 'new');
    });
  });

  describe('hostPath', () => {
    it('of each type passes what is of it, and makes what it says', async () => {
      const at = (name: string) => join(folders.machineDir, name);
      await mkdir(at('folder'));
      await writeFile(at('file'), '');
      await symlink('folder', at('link'));
      const server = createServer().listen(at('socket'));
      try {
        for (const [name, type] of [
          ['folder', ''],
          ['file', ''],
          ['absent/deep', ''],
          ['folder', 'Directory'],
          ['link', 'Directory'],
          ['folder', 'DirectoryOrCreate'],
          ['made/folder', 'DirectoryOrCreate'],
          ['file', 'File'],
          ['file', 'FileOrCreate'],
          ['made/file', 'FileOrCreate'],
          ['socket', 'Socket'],
        ] as const) {
          assert.deepEqual(
            await volumes.setUp(POD, [hostPath(at(name), type)], NEVER),
            [],
            `${type} ${name}`,
          );
        }
      } finally {
        server.close();
      }
      await setUp(hostPath('/dev/null', 'CharDevice'));
      assert.equal(await modeOf(at('absent/deep')), '755');
      assert.equal(await modeOf(at('made/folder')), '755');
      assert.equal(await modeOf(at('made/file')), '644');
      assert.equal(await sourceOf(hostPath(at('file'))), at('file'));
    });

    it('says in the kubelet’s words what it is not', async () => {
      const at = (name: string) => join(folders.machineDir, name);
      await mkdir(at('folder'));
      await writeFile(at('file'), '');
      for (const [path, type, complaint] of [
        [at('file'), 'Directory', 'is not a directory'],
        [at('file'), 'DirectoryOrCreate', 'is not a directory'],
        [at('absent'), 'Directory', 'is not a directory'],
        [at('file/below'), 'Directory', 'is not a directory'],
        [at('folder'), 'File', 'is not a file'],
        [at('folder'), 'FileOrCreate', 'is not a file'],
        [at('absent'), 'File', 'is not a file'],
        [at('file'), 'Socket', 'is not a socket file'],
        [at('file'), 'CharDevice', 'is not a character device'],
        ['/dev/null', 'BlockDevice', 'is not a block device'],
        [at('file'), 'Other', 'is an invalid volume type'],
        ['relative', '', 'is not an absolute path'],
      ] as const) {
        const message = `hostPath type check failed: ${path} ${complaint}`;
        assert.deepEqual(await volumes.setUp(POD, [hostPath(path, type)], NEVER), [
          { volume: 'host', message },
        ]);
      }
      const [failure] = await volumes.setUp(POD, [hostPath(at('no/parent'), 'FileOrCreate')], NEVER);
      assert.match(failure?.message ?? '', /ENOENT/);
    });

    it('that cannot be had keeps no other volume from being made', async () => {
      const data = emptyDir();
      const failures = await volumes.setUp(POD, [hostPath('/nowhere', 'Directory'), data], NEVER);
      assert.deepEqual(
        failures.map(({ volume }) => volume),
        ['host'],
      );
      assert.equal(await modeOf(await sourceOf(data)), '777');
    });
  });

  describe('a part of a volume', () => {
    it('is shown at a path of its own, and follows what the name means at the next start', async () => {
      const volume = emptyDir();
      await setUp(volume);
      const whole = await sourceOf(volume);
      const shown = await sourceOf(volume, 'logs/today');
      await writeFile(join(shown, 'file'), 'through the mount');
      assert.equal(await readFile(join(whole, 'logs/today/file'), 'utf8'), 'through the mount');
      await writeFile(join(whole, 'config'), 'one');
      assert.equal(await readFile(await sourceOf(volume, 'config', 'other'), 'utf8'), 'one');
      await rm(join(whole, 'config'));
      await writeFile(join(whole, 'config'), 'two');
      assert.equal(await readFile(await sourceOf(volume, 'config', 'other'), 'utf8'), 'two');
      assert.equal(await sourceOf(volume, 'logs/today'), shown);
      assert.equal((await folders.mounted()).length, 3, 'the agent’s own, and one for each part');
    });

    it('that leads out of its volume is refused without a word about the machine’s files', async () => {
      const volume = emptyDir();
      await setUp(volume);
      await symlink('/etc', join(await sourceOf(volume), 'link'));
      const wish = { podUid: POD, container: 'main', volumes: [volume], mounts: [mount('data', 'link')] };
      assert.deepEqual(await volumes.sources(wish), {
        kind: 'problem',
        message: 'failed to prepare subPath for volumeMount "data" of container "main"',
      });
      assert.equal((await folders.mounted()).length, 1);
    });
  });

  it('of a server that does not answer are not looked into', async () => {
    const looked: string[] = [];
    const silent: Mounter = {
      ...systemMounter,
      nfs: async () => {},
      answers: async (path) => {
        looked.push(path);
        throw new Error('no answer within 10 s');
      },
      bind: () => assert.fail('looked into'),
    };
    const { diskDir, memoryDir, dir: imagesDir } = folders;
    const log = createLog({ name: 'test', level: 'silent' });
    const place = { diskDir, memoryDir, imagesDir, exporter: NO_EXPORT, log };
    const cut = await openVolumes({ ...place, mounter: silent });
    const nfs: NfsVolume = {
      ...{ kind: 'nfs', name: 'data', title: 'data', server: 'nas', path: '/export', readOnly: false },
      options: [],
    };
    assert.deepEqual(await cut.setUp(POD, [nfs], NEVER), []);
    const wish = { podUid: POD, container: 'main', volumes: [nfs], mounts: [mount('data', 'logs')] };
    assert.equal((await cut.sources(wish)).kind, 'problem');
    assert.deepEqual(looked, [join(diskDir, POD, 'volumes/data')]);
    await systemMounter.answers(folders.dir);
    await assert.rejects(systemMounter.answers(join(folders.dir, 'missing')), /No such file/);
  });

  it('are whole, and each mounted once, wherever an agent died while it made them', async () => {
    const data = emptyDir({ group: 4321 });
    const memory = inMemory({ name: 'memory', group: 4321 });
    const files: VolumeWish = {
      ...{ kind: 'files', name: 'keys', inMemory: true, group: 4321, defaultMode: 0o640 },
      ...{ projections: [], revision: '1' },
      files: new Map([['deep/password', { content: Buffer.from('s3cret'), mode: 0o640 }]]),
    };
    const parts = [
      [data, 'a/part', 'one'],
      [memory, 'a/part', 'two'],
      [files, 'deep/password', 'three'],
    ] as const;
    /** Resolves to false when something could not be made. */
    const tryToMake = async () => {
      const failures = await volumes.setUp(POD, [data, memory, files], NEVER);
      for (const [volume, subPath, container] of failures.length > 0 ? [] : parts) {
        const mounts = [mount(volume.name, subPath)];
        const { kind } = await volumes.sources({ podUid: POD, container, volumes: [volume], mounts });
        if (kind !== 'ok') return false;
      }
      return failures.length === 0;
    };
    for (let changes = 1, done = false; !done; changes++) {
      volumes = await folders.open();
      await killedAfter(changes, async () => {
        done = await tryToMake();
      });
      volumes = await folders.open();
      await setUp(data, memory, files);
      const [inData = '', ofMemory = '', password = ''] = await Promise.all(
        parts.map(([volume, subPath, container]) => sourceOf(volume, subPath, container)),
      );
      const what = `killed after ${changes} changes`;
      for (const path of [await sourceOf(data), await sourceOf(memory), inData, ofMemory]) {
        const { mode, gid } = await stat(path);
        assert.deepEqual([(mode & 0o7777).toString(8), gid], ['2777', 4321], `${path}, ${what}`);
      }
      assert.equal(await readFile(password, 'utf8'), 's3cret', what);
      assert.equal(await modeOf(password), '640', what);
      assert.equal(
        (await readdir(await sourceOf(files)))
          .sort()
          .join()
          .replace(/\.\.2[^,]*/, '…'),
        '…,..data,deep',
      );
      assert.equal(
        (await folders.mounted()).length,
        5,
        `the agent’s own, one in memory, three parts, ${what}`,
      );
      await volumes.tearDown(POD);
      assert.equal((await folders.mounted()).length, 1, what);
    }
  });

  describe('when the pod is gone', () => {
    it('go, with their mounts, and hostPaths stay as they are', async () => {
      const machine = hostPath(folders.machineDir);
      const [data, memory] = [emptyDir(), inMemory({ name: 'memory' })];
      await mkdir(join(folders.machineDir, 'part'));
      await writeFile(join(folders.machineDir, 'part/file'), 'mine');
      await setUp(machine, data, memory);
      await writeFile(join(await sourceOf(data), 'file'), '');
      await sourceOf(machine, 'part');
      await sourceOf(data, 'part');
      // As a container with Bidirectional propagation may leave one.
      await mkdir(join(await sourceOf(data), 'inner'));
      await systemMounter.tmpfs(join(await sourceOf(data), 'inner'), ['size=1m']);
      assert.deepEqual(await volumes.held(), [POD]);
      await volumes.tearDown(POD);
      assert.deepEqual(await volumes.held(), []);
      assert.deepEqual(await folders.mounted(), [folders.memoryDir]);
      assert.equal(await readFile(join(folders.machineDir, 'part/file'), 'utf8'), 'mine');
      await volumes.tearDown(POD);
    });

    it('stay while something of them is in use, and go later', async () => {
      const memory = inMemory();
      await setUp(memory, emptyDir({ name: 'disk' }));
      const path = await sourceOf(memory);
      const held = createServer().listen(join(path, 'socket'));
      const cwd = process.cwd();
      process.chdir(path);
      try {
        await assert.rejects(volumes.tearDown(POD), /busy/);
      } finally {
        process.chdir(cwd);
        held.close();
      }
      assert.deepEqual(await volumes.held(), [POD]);
      await volumes.tearDown(POD);
      assert.deepEqual(await volumes.held(), []);
    });
  });
});
