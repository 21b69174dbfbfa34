import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createImageContents, type ImageContents } from '../../../../agent/volumes/image-contents.ts';
import { type TarEntry, tarArchive } from '../../../../common/tar.ts';

const ID = `sha256:${'a'.repeat(64)}`;
const OTHER = `sha256:${'b'.repeat(64)}`;
const file = (path: string, content: string, mode = 0o644): TarEntry => ({
  kind: 'file',
  path,
  content,
  mode,
});
const folder = (path: string): TarEntry => ({ kind: 'folder', path, mode: 0o755 });

/** As Docker exports a container that has never run. */
const EXPORTED: readonly TarEntry[] = [
  file('.dockerenv', ''),
  ...[folder('dev/'), folder('dev/pts/'), folder('dev/shm/'), file('dev/console', '')],
  ...[folder('etc/'), file('etc/hostname', ''), file('etc/hosts', ''), file('etc/resolv.conf', '')],
  ...[folder('proc/'), folder('sys/')],
];

describe('what images hold', () => {
  let dir: string;
  let entries: readonly TarEntry[];
  let afterExport: () => void;
  let exports: number;
  const signal = new AbortController().signal;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'longshore-contents-'));
    entries = [file('model', 'heavy', 0o600), ...EXPORTED];
    afterExport = () => {};
    exports = 0;
  });
  afterEach(() => rm(dir, { recursive: true }));

  const open = (fail?: Error): ImageContents =>
    createImageContents({
      dir: join(dir, 'contents'),
      podRoots: { disk: join(dir, 'pods'), memory: join(dir, 'memory') },
      exporter: {
        tidy: async () => {},
        async run(_id, _signal, use) {
          exports++;
          const bytes = tarArchive(entries);
          await use(
            (async function* () {
              yield bytes.subarray(0, 700);
              if (fail) throw fail;
              yield bytes.subarray(700);
            })(),
          );
          afterExport();
        },
      },
    });
  const link = (pod: string) => join(dir, 'pods', pod, 'images', 'data');
  const held = () => readdir(join(dir, 'contents'));

  it('is unpacked once, whoever asks, and only what the image has', async () => {
    const contents = open();
    await Promise.all(['one', 'two', 'three'].map((pod) => contents.show(ID, link(pod), signal)));
    await open().show(ID, link('four'), signal);
    assert.equal(exports, 1);
    assert.deepEqual(await readdir(link('two')), ['model']);
    assert.equal((await stat(join(link('two'), 'model'))).mode & 0o777, 0o600);
    assert.deepEqual(await contents.used(), new Set([ID.slice('sha256:'.length), ID]));
  });

  it('keeps what the image has in the places of what Docker adds', async () => {
    entries = [file('etc/hosts', '127.0.0.1 localhost\n'), folder('proc/'), file('proc/kept', 'x')];
    await open().show(ID, link('one'), signal);
    assert.deepEqual((await readdir(link('one'))).sort(), ['etc', 'proc']);
    assert.equal(await readFile(join(link('one'), 'etc/hosts'), 'utf8'), '127.0.0.1 localhost\n');
  });

  it('is looked at only where it lies, whatever its links lead to', async () => {
    const outside = join(dir, 'outside');
    for (const path of ['pts', 'shm']) await mkdir(join(outside, path), { recursive: true });
    for (const path of ['hosts', 'hostname', 'console']) await writeFile(join(outside, path), '');
    await symlink('/proc/mounts', join(outside, 'mtab'));
    const before = await readdir(outside);
    entries = ['etc', 'dev'].map((path) => ({ kind: 'link', path, target: outside, mode: 0o777 }));
    await open().show(ID, link('one'), signal);
    assert.deepEqual(await readdir(outside), before);
    assert.deepEqual((await readdir(link('one'))).sort(), ['dev', 'etc']);
  });

  it('is not shown to a pod that has gone while it was unpacked', async () => {
    const stop = new AbortController();
    afterExport = () => stop.abort(new Error('the pod goes'));
    await assert.rejects(open().show(ID, link('one'), stop.signal), /the pod goes/);
    await assert.rejects(stat(link('one')), { code: 'ENOENT' });
  });

  it('goes with the last pod that uses it, and what a crash has left goes too', async () => {
    const contents = open();
    await contents.show(ID, link('one'), signal);
    await contents.show(ID, link('two'), signal);
    await contents.show(OTHER, link('three'), signal);
    await mkdir(join(dir, 'contents', 'unfinished', 'half'), { recursive: true });
    await rm(join(dir, 'pods', 'one'), { recursive: true });
    await contents.sweep();
    assert.equal((await held()).length, 2);
    await rm(join(dir, 'pods', 'two'), { recursive: true });
    await open().sweep();
    assert.deepEqual(await held(), [OTHER.slice('sha256:'.length)]);
  });

  it('is never found by half', async () => {
    await mkdir(join(dir, 'contents', 'unfinished'), { recursive: true });
    await writeFile(join(dir, 'contents', 'unfinished', 'rest'), 'of another');
    await assert.rejects(open(new Error('the engine went away')).show(ID, link('one'), signal));
    await assert.rejects(stat(link('one')), { code: 'ENOENT' });
    await open().show(ID, link('one'), signal);
    assert.deepEqual(await readdir(link('one')), ['model']);
  });

  it('stays for a pod what it was when the pod saw it first', async () => {
    const contents = open();
    await contents.show(ID, link('one'), signal);
    await contents.show(OTHER, link('one'), signal);
    assert.equal(exports, 1);
  });

  it('is refused for what is no image', async () => {
    await assert.rejects(open().show('../../etc', link('one'), signal), { code: 'invalid' });
    assert.equal(exports, 0);
  });

  it('is given up when nobody wants it any more', async () => {
    const stop = new AbortController();
    stop.abort(new Error('the pod goes'));
    await assert.rejects(open().show(ID, link('one'), stop.signal), /the pod goes/);
  });
});
