import assert from 'node:assert/strict';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createObjectStore } from '../../../../agent/state/object-store.ts';
import { openSealingKey } from '../../../../agent/state/sealing-key.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'longshore-objects-'));
  mkdirSync(join(folder, 'objects'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const objectsDir = () => join(folder, 'objects');
const openStore = async (machine = 'machine-1') =>
  createObjectStore(objectsDir(), await openSealingKey(join(folder, 'sealing-key'), machine));
const SECRET = {
  key: 'secrets/default/login',
  found: { revision: '1', json: '{"data":{"password":"aHVudGVyMg=="}}' },
};
const ABSENT = { key: 'configmaps/default/none' };

describe('kept objects', () => {
  it('are there again after a restart, absent ones too', async () => {
    const store = await openStore();
    await store.save(SECRET);
    await store.save(ABSENT);
    const { objects, unreadable } = await (await openStore()).load();
    assert.deepEqual(new Set(objects), new Set([SECRET, ABSENT]));
    assert.equal(unreadable, 0);
  });

  it('are the newest of their key, and none when removed', async () => {
    const store = await openStore();
    await store.save(SECRET);
    const newer = { ...SECRET, found: { revision: '2', json: '{}' } };
    await store.save(newer);
    assert.deepEqual((await store.load()).objects, [newer]);
    await store.remove(SECRET.key);
    await store.remove(SECRET.key);
    assert.deepEqual(readdirSync(objectsDir()), []);
  });

  it('show neither what they are nor what they say, and are for the owner alone', async () => {
    await (await openStore()).save(SECRET);
    const [name = ''] = readdirSync(objectsDir());
    const file = join(objectsDir(), name);
    assert.doesNotMatch(name, /login|default/);
    const bytes = readFileSync(file, 'latin1');
    for (const text of ['login', 'password', 'aHVudGVyMg', 'hunter2']) assert.ok(!bytes.includes(text), text);
    for (const path of [file, join(folder, 'sealing-key')]) assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  it('differ on the disk each time they are written', async () => {
    const store = await openStore();
    const read = () => readdirSync(objectsDir()).map((name) => readFileSync(join(objectsDir(), name), 'hex'));
    await store.save(SECRET);
    const first = read();
    await store.save(SECRET);
    assert.notDeepEqual(read(), first);
  });

  it('do not open on another machine that has a copy of the folder', async () => {
    await (await openStore()).save(SECRET);
    const copy = await openStore('machine-2');
    assert.deepEqual(await copy.load(), { objects: [], unreadable: 1 });
  });

  it('that are damaged, exchanged or cut go, and keep no other from being read', async () => {
    const store = await openStore();
    await store.save(SECRET);
    await store.save(ABSENT);
    const other = { key: 'configmaps/default/other', found: { revision: '1', json: '{}' } };
    await store.save(other);
    const [first = '', second = ''] = readdirSync(objectsDir());
    cpSync(join(objectsDir(), first), join(objectsDir(), second));
    writeFileSync(join(objectsDir(), 'short.sealed'), 'x');
    writeFileSync(join(objectsDir(), 'half.sealed.1-2.tmp'), 'x');
    const { objects, unreadable } = await store.load();
    assert.equal(objects.length, 2);
    assert.equal(unreadable, 2);
    assert.equal(readdirSync(objectsDir()).length, 2);
  });
});

describe('the sealing key', () => {
  it('that is damaged says what to do', async () => {
    writeFileSync(join(folder, 'sealing-key'), 'nonsense');
    await assert.rejects(openStore(), /is no key: remove it, and what it sealed is fetched anew/);
  });
});
