import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeContent } from '../../../../agent/pod/held-object.ts';
import { podObjects } from '../../../../agent/pod/pod-objects.ts';
import { objectsOf } from '../../../kit/pod-objects.ts';
import { aPod } from '../../../kit/pods.ts';

describe('the objects of a pod', () => {
  it('are looked up in its own namespace', () => {
    const asked: string[] = [];
    const pod = aPod({ namespace: 'shop', spec: { enableServiceLinks: false } });
    const objects = podObjects(pod, (key) => {
      asked.push(key);
      return undefined;
    });
    const lookups = [
      objects.configMap('c'),
      objects.secret('s'),
      objects.token({ audience: 'vault', expirationSeconds: 600 }),
      objects.serviceVariables(),
      objects.trustBundle({ name: 'corp' }),
    ];
    assert.deepEqual(new Set(lookups.map(({ kind }) => kind)), new Set(['unknown']));
    assert.deepEqual(asked, [
      'configmaps/shop/c',
      'secrets/shop/s',
      'tokens/uid-web/600/vault',
      'services/',
      'clustertrustbundles/name/corp',
    ]);
  });

  it('are found, absent or unknown, and unknown for a reason', () => {
    const objects = objectsOf({
      configMaps: { here: { key: 'value' } },
      unknown: { soon: undefined, never: 'forbidden' },
    });
    assert.deepEqual(objects.configMap('here'), {
      kind: 'found',
      revision: '1',
      value: { data: new Map([['key', 'value']]), binaryData: new Map() },
    });
    assert.deepEqual(objects.configMap('none'), { kind: 'absent' });
    assert.deepEqual(objects.configMap('soon'), { kind: 'unknown' });
    assert.deepEqual(objects.configMap('never'), { kind: 'unknown', reason: 'forbidden' });
  });

  it('are absent when they are referred to by no name', () => {
    const objects = podObjects(aPod(), () => undefined);
    assert.deepEqual([objects.configMap(''), objects.secret('')], [{ kind: 'absent' }, { kind: 'absent' }]);
  });
});

describe('the content of an object', () => {
  for (const { key, value, content } of [
    { key: 'configmaps/n/x', value: {}, content: { data: new Map(), binaryData: new Map() } },
    {
      key: 'configmaps/n/x',
      value: { data: { a: '1' }, binaryData: { b: 'Mg==' } },
      content: { data: new Map([['a', '1']]), binaryData: new Map([['b', 'Mg==']]) },
    },
    { key: 'secrets/n/x', value: { data: null }, content: { type: '', data: new Map() } },
    {
      key: 'secrets/n/x',
      value: { type: 'Opaque', data: { a: 'MQ==' } },
      content: { type: 'Opaque', data: new Map([['a', 'MQ==']]) },
    },
    { key: 'services/n', value: { A: '1' }, content: new Map([['A', '1']]) },
    {
      key: 'tokens/u/600/',
      value: { token: 't', expirationTimestamp: '2026-01-01T00:00:00Z', more: 1 },
      content: { token: 't', expirationTimestamp: '2026-01-01T00:00:00Z' },
    },
    { key: 'clustertrustbundles/name/x', value: '', content: '' },
  ]) {
    it(`is read from ${JSON.stringify(value)} of ${key}`, () => {
      assert.deepEqual(decodeContent(key, value)?.value, content);
    });
  }

  for (const { key, value } of [
    { key: 'configmaps/n/x', value: { data: { a: 1 } } },
    { key: 'configmaps/n/x', value: [] },
    { key: 'secrets/n/x', value: { type: 7 } },
    { key: 'services/n', value: { A: null } },
    { key: 'tokens/u/600/', value: { token: 't' } },
    { key: 'clustertrustbundles/name/x', value: {} },
    { key: 'things/of/tomorrow', value: {} },
    { key: '', value: {} },
  ]) {
    it(`is not read from ${JSON.stringify(value)} of '${key}'`, () => {
      assert.equal(decodeContent(key, value), undefined);
    });
  }

  it('never fails otherwise, whatever it is', () => {
    const key = fc.constantFrom('configmaps/a/b', 'secrets/a/b', 'tokens/a/1/', 'services/a', 'x/y');
    fc.assert(fc.property(key, fc.jsonValue(), (of, value) => void decodeContent(of, value)));
  });
});
