import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ObjectRecord, openObjectKeeper } from '../../../../agent/runtime/object-keeper.ts';
import { createLog } from '../../../../common/log.ts';
import { configMap, found } from '../../../kit/pod-objects.ts';
import { aPod } from '../../../kit/pods.ts';

const KEY = 'configmaps/default/paint';

/** A keeper, its store, and the keys of which it told. */
async function open(records = new Map<string, ObjectRecord>()) {
  const journal: string[] = [];
  const keeper = await openObjectKeeper(
    {
      load: async () => ({ objects: [...records.values()], unreadable: 0 }),
      save: async (record) => {
        journal.push(`save ${record.found?.revision ?? 'absent'}`);
        records.set(record.key, record);
      },
      remove: async (key) => {
        journal.push('remove');
        records.delete(key);
      },
    },
    { log: createLog({ name: 'test', level: 'silent' }) },
  );
  keeper.subscribe((key) => journal.push(`told ${key}`));
  const look = () => keeper.of(aPod()).configMap('paint');
  return { keeper, records, journal, look };
}

describe('what an agent holds of the API’s objects', () => {
  it('is on the disk before anybody is told of it', async () => {
    const { keeper, journal, look } = await open();
    assert.deepEqual(look(), { kind: 'unknown' });
    await keeper.put(KEY, found(configMap({ colour: 'green' })));
    assert.deepEqual(journal, ['save 1', `told ${KEY}`]);
    const now = look();
    assert.equal(now.kind === 'found' && now.value.data.get('colour'), 'green');
  });

  it('is neither written nor told when it is heard again', async () => {
    const { keeper, journal } = await open();
    await keeper.put(KEY, found(configMap({ a: '1' })));
    await keeper.put('configmaps/default/none', { kind: 'absent' });
    journal.length = 0;
    await keeper.put(KEY, found(configMap({ a: '1' })));
    await keeper.put('configmaps/default/none', { kind: 'absent' });
    assert.deepEqual(journal, []);
  });

  it('is told to nobody when another revision says the same', async () => {
    const { keeper, journal } = await open();
    await keeper.put(KEY, found(configMap({ a: '1' })));
    journal.length = 0;
    await keeper.put(KEY, found(configMap({ a: '1' }), '2'));
    assert.deepEqual(journal, ['save 2']);
    assert.deepEqual(keeper.held(), [{ key: KEY, revision: '2' }]);
  });

  it('stays as it is when the controller does not know', async () => {
    const { keeper, look } = await open();
    await keeper.put(KEY, { kind: 'kept', reason: 'the API server is away' });
    assert.deepEqual(look(), { kind: 'unknown', reason: 'the API server is away' });
    await keeper.put(KEY, { kind: 'absent' });
    await keeper.put(KEY, { kind: 'kept', reason: '' });
    assert.deepEqual(look(), { kind: 'absent' });
    await keeper.put(KEY, found(configMap({ a: '1' })));
    await keeper.put(KEY, { kind: 'kept', reason: 'the API server is away' });
    assert.equal(look().kind, 'found');
  });

  it('is there after a restart, absent or found', async () => {
    const { keeper, records } = await open();
    await keeper.put(KEY, found(configMap({ a: '1' })));
    await keeper.put('configmaps/default/none', { kind: 'absent' });
    const again = await open(records);
    assert.equal(again.look().kind, 'found');
    assert.equal(again.keeper.of(aPod()).configMap('none').kind, 'absent');
    assert.deepEqual(again.keeper.held(), [{ key: KEY, revision: '1' }]);
  });

  it('is dropped when told to, or when a snapshot does not name it', async () => {
    const { keeper, records, journal } = await open();
    for (const name of ['a', 'b', 'c']) await keeper.put(`configmaps/default/${name}`, found(configMap({})));
    journal.length = 0;
    await keeper.drop('configmaps/default/a');
    await keeper.drop('configmaps/default/a');
    await keeper.retain(new Set(['configmaps/default/c']));
    assert.deepEqual([...records.keys()], ['configmaps/default/c']);
    assert.deepEqual(journal, ['remove', 'told configmaps/default/a', 'remove', 'told configmaps/default/b']);
  });

  it('stays when what comes instead cannot be read', async () => {
    const { keeper, look } = await open();
    await keeper.put(KEY, found(configMap({ a: '1' })));
    await keeper.put(KEY, found({ data: { a: 1 } }, '2'));
    await keeper.put(KEY, { kind: 'found', revision: '3', json: Buffer.from('{') });
    const now = look();
    assert.equal(now.kind === 'found' && now.revision, '1');
  });

  it('is no more than its bounds', async () => {
    const { keeper } = await open();
    const large = found('x'.repeat(40 * 1024 * 1024));
    for (const name of ['a', 'b', 'c', 'd']) await keeper.put(`clustertrustbundles/name/${name}`, large);
    const lookup = keeper.of(aPod()).trustBundle({ name: 'd' });
    assert.match(lookup.kind === 'unknown' ? (lookup.reason ?? '') : '', /holds as many objects as it may/);
    assert.equal(keeper.held().length, 3);
    await keeper.drop('clustertrustbundles/name/a');
    await keeper.put('clustertrustbundles/name/d', large);
    assert.equal(keeper.held().length, 3);
  });
});
