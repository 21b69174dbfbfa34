import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { containerCommand, containerEnv } from '../../../../agent/pod/container-env.ts';
import { expand } from '../../../../agent/pod/expansion.ts';
import { objectsOf } from '../../../kit/pod-objects.ts';
import { aPod } from '../../../kit/pods.ts';

const VALUES: Readonly<Record<string, string>> = { A: 'one', B: 'two', EMPTY: '', REF: '$(A)' };

describe('expand', () => {
  for (const [input, output] of [
    ['$(A)', 'one'],
    ['x$(A)y$(B)z', 'xoneytwoz'],
    ['$$(A)', '$(A)'],
    ['$$$(A)', '$one'],
    ['$$$$(A)', '$$(A)'],
    ['$(NONE)', '$(NONE)'],
    ['$(EMPTY)', ''],
    ['$(REF)', '$(A)'],
    ['$(A', '$(A'],
    ['$A', '$A'],
    ['$', '$'],
    ['a$', 'a$'],
    ['$$', '$'],
    ['$()', '$()'],
    ['$($(A))', '$($(A))'],
    ['', ''],
  ] as const) {
    it(`makes ${JSON.stringify(input)} into ${JSON.stringify(output)}`, () => {
      assert.equal(
        expand(input, (name) => VALUES[name]),
        output,
      );
    });
  }

  it('leaves a text without a dollar as it is', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const plain = text.replaceAll('$', '');
        assert.equal(
          expand(plain, () => 'x'),
          plain,
        );
      }),
    );
  });
});

const PLACE = {
  nodeName: 'longshore',
  hostIps: ['192.0.2.1', '2001:db8::1'],
  podIps: ['10.0.0.2'],
  machine: { cpuMilli: 3500, memoryBytes: 8 << 20, ephemeralStorageBytes: 1000 },
};

const RESOURCES = { limits: { cpu: '1500m' }, requests: { memory: '100Mi' } };

describe('a container’s environment', () => {
  const pod = aPod({
    metadata: { labels: { app: 'shop' }, annotations: { 'a/b': 'note' } },
    spec: { serviceAccountName: 'robot', containers: [{ name: 'main', resources: RESOURCES }] },
  });
  const field = (fieldPath: string) => ({ name: 'X', valueFrom: { fieldRef: { fieldPath } } });
  const resource = (name: string, divisor?: string) => ({
    name: 'X',
    valueFrom: { resourceFieldRef: { resource: name, divisor } },
  });

  for (const { variable, value } of [
    { variable: field('metadata.name'), value: 'web' },
    { variable: field('metadata.namespace'), value: 'default' },
    { variable: field('metadata.uid'), value: 'uid-web' },
    { variable: field("metadata.labels['app']"), value: 'shop' },
    { variable: field("metadata.labels['none']"), value: '' },
    { variable: field("metadata.annotations['a/b']"), value: 'note' },
    { variable: field('spec.nodeName'), value: 'longshore' },
    { variable: field('spec.serviceAccountName'), value: 'robot' },
    { variable: field('status.hostIP'), value: '192.0.2.1' },
    { variable: field('status.podIP'), value: '10.0.0.2' },
    { variable: field('status.podIPs'), value: '10.0.0.2' },
    { variable: resource('limits.cpu'), value: '2' },
    { variable: resource('limits.cpu', '1m'), value: '1500' },
    { variable: resource('limits.memory'), value: String(8 << 20) },
    { variable: resource('limits.memory', '1Mi'), value: '8' },
    { variable: resource('requests.memory', '1Mi'), value: '100' },
    { variable: resource('requests.cpu'), value: '0' },
    { variable: { name: 'X' }, value: '' },
  ]) {
    const { valueFrom } = variable as Partial<ReturnType<typeof field> & ReturnType<typeof resource>>;
    it(`${JSON.stringify(valueFrom) ?? 'of nothing'} is '${value}'`, () => {
      const result = containerEnv(
        { name: 'main', env: [variable] },
        { pod, place: PLACE, objects: objectsOf() },
      );
      assert.equal(result.kind === 'ok' && result.env.get('X'), value);
    });
  }

  it('sees what comes before, not what comes after, and the last of a name wins', () => {
    const env = [
      { name: 'A', value: '$(B)' },
      { name: 'B', value: 'b' },
      { name: 'C', value: '$(B)' },
      { name: 'B', value: 'c' },
    ];
    const result = containerEnv({ name: 'main', env }, { pod, place: PLACE, objects: objectsOf() });
    assert.deepEqual(result.kind === 'ok' && [...result.env], [
      ['A', '$(B)'],
      ['B', 'c'],
      ['C', 'b'],
    ]);
  });

  it('says which field it does not know', () => {
    const result = containerEnv(
      { name: 'main', env: [field('spec.hostname')] },
      { pod, place: PLACE, objects: objectsOf() },
    );
    assert.deepEqual(result, { kind: 'problem', message: 'unsupported fieldPath: spec.hostname' });
  });

  it('fills in command and arguments, and leaves to the image what the pod does not say', () => {
    const env = new Map([['A', 'one']]);
    assert.deepEqual(containerCommand({ name: 'main' }, env), {});
    assert.deepEqual(containerCommand({ name: 'main', args: ['$(A)'] }, env), { Cmd: ['one'] });
    assert.deepEqual(containerCommand({ name: 'main', command: ['$(A)', '$(B)'], args: [] }, env), {
      Entrypoint: ['one', '$(B)'],
    });
  });
});
