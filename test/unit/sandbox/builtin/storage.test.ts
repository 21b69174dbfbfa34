import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { toKubeObject } from '../../../../sandbox/builtin/kube-object.ts';
import { Storage } from '../../../../sandbox/builtin/storage.ts';
import { watch } from '../../../../sandbox/builtin/watch-stream.ts';

const BUCKET = 'pods.';

function pod(name: string, phase = 'Pending') {
  return toKubeObject({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', uid: name },
    status: { phase },
  });
}

function storageWith(historyLimit = 100) {
  return new Storage({ startRevision: 1000, historyLimit });
}

function record(storage: Storage, since: number | undefined, phase?: string) {
  const seen: string[] = [];
  const matches = (object: { [key: string]: unknown }) =>
    phase === undefined || (object['status'] as { phase: string }).phase === phase;
  const subscription = watch(storage, { bucket: BUCKET, matches, since }, (type, object) => {
    seen.push(`${type} ${object.metadata.name} ${(object['status'] as { phase: string }).phase}`);
  });
  return { seen, subscription };
}

test('every write has a revision of its own and leaves what was read before as it was', () => {
  const storage = storageWith();
  const first = storage.put(BUCKET, pod('a'));
  const second = storage.put(BUCKET, pod('a', 'Running'));
  assert.deepEqual([first.metadata.resourceVersion, second.metadata.resourceVersion], ['1001', '1002']);
  assert.deepEqual(first['status'], { phase: 'Pending' });
});

test('a watch without a version begins with what there is, one with a version with what came after', () => {
  const storage = storageWith();
  storage.put(BUCKET, pod('a'));
  storage.put(BUCKET, pod('b'));
  const fresh = record(storage, undefined);
  const resumed = record(storage, 1001);
  storage.put(BUCKET, pod('a', 'Running'));
  storage.remove(BUCKET, 'default/b');
  assert.deepEqual(fresh.seen, [
    'ADDED a Pending',
    'ADDED b Pending',
    'MODIFIED a Running',
    'DELETED b Pending',
  ]);
  assert.deepEqual(resumed.seen, ['ADDED b Pending', 'MODIFIED a Running', 'DELETED b Pending']);
});

test('an object that starts or stops to match is added or deleted for that watcher', () => {
  const storage = storageWith();
  const { seen } = record(storage, undefined, 'Running');
  storage.put(BUCKET, pod('a'));
  storage.put(BUCKET, pod('a', 'Running'));
  storage.put(BUCKET, pod('a', 'Running'));
  storage.put(BUCKET, pod('a', 'Failed'));
  storage.remove(BUCKET, 'default/a');
  assert.deepEqual(seen, ['ADDED a Running', 'MODIFIED a Running', 'DELETED a Running']);
});

test('a deletion that a selector made carries the version of the write that caused it', () => {
  const storage = storageWith();
  const versions: string[] = [];
  storage.put(BUCKET, pod('a', 'Running'));
  const matches = (object: { [key: string]: unknown }) =>
    (object['status'] as { phase: string }).phase === 'Running';
  watch(storage, { bucket: BUCKET, matches, since: 1001 }, (_type, object) => {
    versions.push(object.metadata.resourceVersion);
  });
  storage.put(BUCKET, pod('a', 'Failed'));
  assert.deepEqual(versions, ['1002']);
});

test('a version whose history is forgotten, or from a former life, is expired', () => {
  const storage = storageWith(4);
  for (let index = 0; index < 10; index++) storage.put(BUCKET, pod('a'));
  assert.throws(() => record(storage, 1001), { httpCode: 410 });
  assert.throws(() => record(storage, 999), { httpCode: 410 });
  assert.doesNotThrow(() => record(storage, 1009));
});

test('a disposed watch hears nothing more', () => {
  const storage = storageWith();
  const { seen, subscription } = record(storage, undefined);
  subscription[Symbol.dispose]();
  storage.put(BUCKET, pod('a'));
  assert.deepEqual(seen, []);
});

test('a list is what it was at any revision that is remembered', () => {
  const write = fc.record({ name: fc.constantFrom('a', 'b', 'c'), remove: fc.boolean() });
  fc.assert(
    fc.property(fc.array(write, { maxLength: 40 }), (writes) => {
      const storage = storageWith();
      const seen = new Map([[storage.revision, storage.list(BUCKET)]]);
      for (const { name, remove } of writes) {
        if (remove) storage.remove(BUCKET, `default/${name}`);
        else storage.put(BUCKET, pod(name));
        seen.set(storage.revision, storage.list(BUCKET));
      }
      for (const [revision, list] of seen) {
        const then = storage.listAt(BUCKET, revision);
        if (then) assert.deepEqual(then, list);
        else assert.equal(storage.since(BUCKET, revision), undefined);
      }
      assert.deepEqual(storage.listAt(BUCKET, storage.revision, 'elsewhere'), []);
    }),
  );
});
