import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { PodRecord } from '../../../../agent/pod/pod-record.ts';
import { readBoundedFile, removeFile, writeFileAtomic } from '../../../../agent/state/atomic-file.ts';
import { createIdentityStore } from '../../../../agent/state/identity-store.ts';
import { createPodStore } from '../../../../agent/state/pod-store.ts';
import { openStateFolder } from '../../../../agent/state/state-folder.ts';
import { describeError, errorCode } from '../../../../common/errors.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'longshore-state-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const mode = (path: string) => statSync(path).mode & 0o777;

function record(uid: string, image = 'a'): PodRecord {
  const pod = {
    metadata: { name: 'web', namespace: 'default', uid },
    spec: { containers: [{ name: 'web', image }] },
  };
  return { uid, pod, accepted: { wallMs: 1, bootId: 'boot-1', monotonicMs: 1 } };
}

describe('writeFileAtomic', () => {
  it('leaves a file for the owner alone, and nothing beside it', async () => {
    const file = join(folder, 'a');
    await writeFileAtomic(file, 'one');
    await writeFileAtomic(file, 'two');
    assert.equal(readFileSync(file, 'utf8'), 'two');
    assert.equal(mode(file), 0o600);
    assert.deepEqual(readdirSync(folder), ['a']);
  });

  it('keeps the old file when the new one cannot be written', async () => {
    const file = join(folder, 'a');
    await writeFileAtomic(file, 'old');
    await assert.rejects(writeFileAtomic(join(folder, 'missing', 'a'), 'new'), (error) => {
      assert.match(describeError(error), /^cannot write .*: see that its disk has room .*ENOENT/);
      return errorCode(error) === 'unavailable';
    });
    rmSync(file);
    writeFileSync(join(folder, 'b'), '');
    await assert.rejects(writeFileAtomic(join(folder, 'b', 'a'), 'new'), /cannot write/);
    assert.deepEqual(readdirSync(folder), ['b']);
  });

  it('holds one whole version under concurrent writers', async () => {
    const file = join(folder, 'a');
    const versions = Array.from({ length: 20 }, (_, index) => String(index).repeat(5000));
    await Promise.all(versions.map((version) => writeFileAtomic(file, version)));
    assert.ok(versions.includes(readFileSync(file, 'utf8')));
    assert.deepEqual(readdirSync(folder), ['a']);
  });
});

describe('readBoundedFile and removeFile', () => {
  it('tell an absent file from one that is too long', async () => {
    const file = join(folder, 'a');
    assert.equal(await readBoundedFile(file, 3), undefined);
    writeFileSync(file, 'four');
    await assert.rejects(readBoundedFile(file, 3), /has 4 bytes, more than the 3/);
    await removeFile(file);
    await removeFile(file);
    assert.deepEqual(readdirSync(folder), []);
  });
});

describe('the state folder', () => {
  it('is made for the owner alone', async () => {
    await using state = await openStateFolder(join(folder, 'deep', 'state'));
    assert.deepEqual([mode(state.dir), mode(state.podsDir)], [0o700, 0o700]);
  });

  it('serves one agent at a time, and the next when it is left', async () => {
    const first = await openStateFolder(folder);
    await assert.rejects(
      openStateFolder(folder),
      new RegExp(`another agent \\(process ${process.pid}\\) uses this state folder`),
    );
    await first[Symbol.asyncDispose]();
    await first[Symbol.asyncDispose]();
    const second = await openStateFolder(folder);
    await second[Symbol.asyncDispose]();
    assert.deepEqual(readdirSync(join(folder, 'lock')), ['2'], 'what was left behind grows');
  });

  const me = () => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  const leaveLock = (content: string) => {
    mkdirSync(join(folder, 'lock'));
    writeFileSync(join(folder, 'lock', '7'), content);
  };
  const stale: [what: string, lock: () => string][] = [
    ['is empty', () => ''],
    ['is no JSON', () => '{"pid":'],
    ['is of another boot', () => JSON.stringify({ pid: 1, startTicks: '1', bootId: 'other' })],
    [
      'is of a pid that is somebody else by now',
      () => JSON.stringify({ pid: 1, startTicks: 'x', bootId: me() }),
    ],
    ['is of a pid that is nobody', () => JSON.stringify({ pid: 2 ** 30, startTicks: '1', bootId: me() })],
  ];
  for (const [what, lock] of stale) {
    it(`takes over a lock that ${what}`, async () => {
      leaveLock(lock());
      await using state = await openStateFolder(folder);
      const holder = JSON.parse(readFileSync(join(state.dir, 'lock', '8'), 'utf8')) as { pid: number };
      assert.equal(holder.pid, process.pid);
    });
  }

  it('takes over from an agent that was killed', async () => {
    const script = `import { openStateFolder } from ${JSON.stringify(join(import.meta.dirname, '../../../../agent/state/state-folder.ts'))};
      await openStateFolder(${JSON.stringify(folder)}); console.log('held'); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    await assert.rejects(openStateFolder(folder), new RegExp(`process ${child.pid}\\b`));
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('close', resolve));
    await using state = await openStateFolder(folder);
    assert.equal(state.dir, folder);
  });

  it('goes to one of many who find a stale lock at once', async () => {
    leaveLock(JSON.stringify({ pid: 1, startTicks: 'x', bootId: me() }));
    const script = `import { openStateFolder } from ${JSON.stringify(join(import.meta.dirname, '../../../../agent/state/state-folder.ts'))};
      try { await openStateFolder(${JSON.stringify(folder)}); console.log('held'); } catch { console.log('refused'); }
      process.stdin.resume();`;
    const children = Array.from({ length: 4 }, () =>
      spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'inherit'] }),
    );
    const said = await Promise.all(
      children.map(
        (child) =>
          new Promise<string>((resolve) => child.stdout.once('data', (data) => resolve(String(data)))),
      ),
    );
    for (const child of children) child.kill('SIGKILL');
    assert.equal(said.filter((line) => line.trim() === 'held').length, 1);
  });

  it('says what to do when the path is no folder', async () => {
    writeFileSync(join(folder, 'file'), '');
    await assert.rejects(openStateFolder(join(folder, 'file')), /cannot use the state folder .*--state-dir/);
  });
});

describe('the identity store', () => {
  it('gives back what was saved, readable by the owner alone', async () => {
    const store = createIdentityStore(join(folder, 'identity.json'));
    assert.equal(await store.load(), undefined);
    await store.save({ keyPem: 'k', epochSeen: 3 });
    assert.deepEqual(await store.load(), { keyPem: 'k', epochSeen: 3 });
    assert.equal(mode(join(folder, 'identity.json')), 0o600);
  });

  it('refuses a damaged file without showing what is in it', async () => {
    const file = join(folder, 'identity.json');
    writeFileSync(file, '{"keyPem":"SECRET');
    await assert.rejects(createIdentityStore(file).load(), (error: Error) => {
      assert.match(error.message, /cannot be read \(it is no JSON\): restore it, or remove/);
      assert.doesNotMatch(JSON.stringify(error, Object.getOwnPropertyNames(error)), /SECRET/);
      assert.equal(error.cause, undefined);
      return true;
    });
  });
});

describe('the pod store', () => {
  it('finds after a restart what was saved last', async () => {
    const store = createPodStore(folder);
    await store.save(record('u-1'));
    await store.save(record('u-2'));
    await store.save(record('u-1', 'b'));
    await store.remove('u-2');
    await store.remove('u-3');
    assert.deepEqual(await createPodStore(folder).load(), { records: [record('u-1', 'b')], damaged: [] });
  });

  const damages: [content: string, reason: RegExp][] = [
    ['', /JSON/],
    ['{"uid":"bad"', /JSON/],
    ['null', /another pod/],
    [JSON.stringify(record('other')), /another pod/],
    [
      JSON.stringify({ ...record('bad'), pod: { metadata: { uid: 'bad', name: 'n', namespace: 'd' } } }),
      /no containers/,
    ],
    [JSON.stringify({ ...record('bad'), accepted: 'soon' }), /since when/],
    [JSON.stringify({ ...record('bad'), notes: { c1: { stop: { since: 'soon' } } } }), /notes are malformed/],
    [
      JSON.stringify({ ...record('bad'), untold: [{ reason: 'R', message: 'm', timeMs: 0 }] }),
      /events are malformed/,
    ],
    [' '.repeat((4 << 20) + 1), /more than/],
  ];
  for (const [content, reason] of damages) {
    it(`moves a damaged record aside and loads the others: ${reason.source}, ${content.slice(0, 20)}`, async () => {
      const store = createPodStore(folder);
      await store.save(record('good'));
      writeFileSync(join(folder, 'bad.json'), content);
      const { records, damaged } = await store.load();
      assert.deepEqual(records, [record('good')]);
      assert.equal(damaged[0]?.uid, 'bad');
      assert.match(damaged[0]?.reason ?? '', reason);
      assert.equal(readFileSync(damaged[0]?.movedTo ?? '', 'utf8'), content);
      assert.deepEqual(await store.load(), { records: [record('good')], damaged: [] });
    });
  }

  it('clears what a crash left half written', async () => {
    writeFileSync(join(folder, 'u-1.json.77-0.tmp'), '{');
    assert.deepEqual(await createPodStore(folder).load(), { records: [], damaged: [] });
    assert.deepEqual(readdirSync(folder), []);
  });

  it('refuses a UID that would lead elsewhere, and a record without bound', async () => {
    const store = createPodStore(folder);
    for (const uid of ['../escape', '', 'a/b', '.hidden']) {
      await assert.rejects(async () => store.remove(uid), /is no pod UID/);
    }
    await assert.rejects(store.save(record('u-1', 'x'.repeat(5 << 20))), /too large to keep/);
    assert.deepEqual(readdirSync(folder), []);
  });
});
