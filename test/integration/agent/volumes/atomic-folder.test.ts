import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import type { FileMap } from '../../../../agent/pod/volume-files.ts';
import { isWritten, writeFolder } from '../../../../agent/volumes/atomic-folder.ts';
import { killedAfter } from '../../../kit/killed-writes.ts';

type Texts = Readonly<Record<string, string>>;

const filesOf = (texts: Texts, mode = 0o644): FileMap =>
  new Map(Object.entries(texts).map(([path, text]) => [path, { content: Buffer.from(text), mode }]));

/** As a program reads it that wants all of one kind: it follows `..data` once. */
async function snapshot(path: string): Promise<Texts> {
  const data = join(path, await readlink(join(path, '..data')));
  const entries = await readdir(data, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const texts = files.map(async ({ parentPath, name }) => {
    const file = join(parentPath, name);
    return [file.slice(data.length + 1), await readFile(file, 'utf8')] as const;
  });
  return Object.fromEntries(await Promise.all(texts));
}

/** As it looks to a program that knows its files by name. */
async function visible(path: string): Promise<Texts> {
  const names = (await readdir(path)).filter((name) => !name.startsWith('..'));
  const texts: [string, string][] = [];
  for (const name of names) {
    const at = join(path, name);
    if ((await stat(at)).isFile()) texts.push([name, await readFile(at, 'utf8')]);
    else for (const [below, text] of Object.entries(await plain(at))) texts.push([`${name}/${below}`, text]);
  }
  return Object.fromEntries(texts);
}

async function plain(path: string): Promise<Texts> {
  const entries = (await readdir(path, { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  );
  const texts = entries.map(async ({ parentPath, name }) => {
    const file = join(parentPath, name);
    return [file.slice(path.length + 1), await readFile(file, 'utf8')] as const;
  });
  return Object.fromEntries(await Promise.all(texts));
}

describe('a folder whose files change all at once', () => {
  let dir: string;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'longshore-atomic-'));
  });
  after(() => rm(dir, { recursive: true }));

  const folder = (name: string, group?: number) => ({ path: join(dir, name), group });
  const names = async (path: string) => (await readdir(path)).sort();

  it('has the layout that programs know, and keeps it while nothing changes', async () => {
    const at = folder('layout');
    const files = filesOf({ colour: 'green', 'deep/down/dark': 'x' });
    await writeFolder(at, files);
    assert.deepEqual(await visible(at.path), { colour: 'green', 'deep/down/dark': 'x' });
    assert.equal(await readlink(join(at.path, 'colour')), '..data/colour');
    assert.equal(await readlink(join(at.path, 'deep')), '..data/deep');
    const data = await readlink(join(at.path, '..data'));
    assert.match(data, /^\.\.\d{4}(_\d\d){5}\.\w+$/);
    assert.deepEqual(await names(at.path), ['..data', data, 'colour', 'deep'].sort());
    await writeFolder(at, files);
    assert.equal(await readlink(join(at.path, '..data')), data);
  });

  it('gives files their modes and owners, and folders to the group', async () => {
    const at = folder('modes', 4321);
    await writeFolder(
      at,
      new Map([
        ['run', { content: Buffer.from('x'), mode: 0o755 }],
        ['deep/token', { content: Buffer.from('x'), mode: 0o640, owner: 1234 }],
      ]),
    );
    const look = async (path: string) => {
      const { mode, uid, gid } = await stat(join(at.path, path));
      return `${(mode & 0o7777).toString(8)} ${uid} ${gid}`;
    };
    assert.equal(await look('run'), '755 0 4321');
    assert.equal(await look('deep/token'), '640 1234 4321');
    assert.equal(await look('deep'), '2755 0 4321');
    assert.equal(await look('..data'), '2755 0 4321');
    assert.equal(await look('.'), '2755 0 4321');
  });

  it('loses and gains names, and makes way where a mount has made an empty folder', async () => {
    const at = folder('names');
    await writeFolder(at, filesOf({ a: '1', b: '2' }));
    await mkdir(join(at.path, 'c'));
    await writeFolder(at, filesOf({ b: '2', c: '3' }));
    assert.deepEqual(await visible(at.path), { b: '2', c: '3' });
    await writeFolder(at, filesOf({}));
    assert.deepEqual(await visible(at.path), {});
    assert.equal((await names(at.path)).length, 2, '..data and where it leads');
    assert.ok(await isWritten(at.path));
    assert.ok(!(await isWritten(join(dir, 'none'))));
  });

  it('keeps what it has when new files cannot be written, and leaves no rubbish', async () => {
    const at = folder('conflict');
    await writeFolder(at, filesOf({ a: 'old' }));
    await assert.rejects(writeFolder(at, filesOf({ a: 'new', 'a/b': 'no room below a file' })));
    assert.deepEqual(await visible(at.path), { a: 'old' });
    assert.equal((await names(at.path)).length, 3);
  });

  it('mends what somebody has changed in it', async () => {
    const at = folder('mended');
    await writeFolder(at, filesOf({ a: '1', b: '2' }));
    await writeFile(join(at.path, '..data/a'), 'spoilt');
    await rm(join(at.path, 'b'));
    await writeFolder(at, filesOf({ a: '1', b: '2' }));
    assert.deepEqual(await visible(at.path), { a: '1', b: '2' });
  });

  const texts = fc.dictionary(
    fc.constantFrom('a', 'b', 'c', 'd/e', 'd/f', 'g/h/i'),
    fc.constantFrom('', 'one', 'two', 'three'),
    { maxKeys: 5, noNullPrototype: true },
  );
  const writes = fc.array(fc.record({ texts, changes: fc.option(fc.nat(40), { freq: 2 }) }), {
    minLength: 1,
    maxLength: 6,
  });

  it('is old or new, never both, whenever its writer dies, and as it should be after the next write', async () => {
    let number = 0;
    await fc.assert(
      fc.asyncProperty(writes, async (all) => {
        const at = folder(`killed-${number++}`);
        let before: Texts | undefined;
        for (const { texts: wanted, changes } of all) {
          const done = await killedAfter(changes ?? 1000, () => writeFolder(at, filesOf(wanted)));
          const found = (await isWritten(at.path)) ? await snapshot(at.path) : undefined;
          if (done) {
            assert.deepEqual(await visible(at.path), wanted);
            const own = (await names(at.path)).filter((name) => name.startsWith('..'));
            assert.equal(own.length, 2, 'rubbish is left');
          } else {
            assert.ok(sameTexts(found, wanted) || sameTexts(found, before), JSON.stringify(found));
          }
          before = found;
        }
      }),
      { numRuns: 150 },
    );
  });

  it('is never seen half old and half new', async () => {
    const at = folder('read');
    const version = (number: number) =>
      Object.fromEntries(['a', 'b', 'c/d', 'c/e'].map((path) => [path, `version ${number}`]));
    await writeFolder(at, filesOf(version(0)));
    let done = false;
    const seen = new Set<string>();
    const reading = (async () => {
      while (!done) {
        // A folder that is taken away under a reader's feet is no answer; it looks again.
        const found = await snapshot(at.path).catch(() => undefined);
        if (!found || Object.keys(found).length !== 4) continue;
        assert.equal(new Set(Object.values(found)).size, 1, JSON.stringify(found));
        seen.add(found['a'] ?? '');
      }
    })();
    for (let number = 1; number <= 60; number++) await writeFolder(at, filesOf(version(number)));
    done = true;
    await reading;
    assert.ok(seen.size > 5, `the reader saw ${seen.size} versions`);
    assert.deepEqual(await visible(at.path), version(60));
  });
});

function sameTexts(a: Texts | undefined, b: Texts | undefined): boolean {
  if (!a || !b) return a === b;
  const sorted = (texts: Texts) => JSON.stringify(Object.entries(texts).sort());
  return sorted(a) === sorted(b);
}
