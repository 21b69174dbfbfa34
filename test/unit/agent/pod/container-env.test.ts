import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { awaitsObjects, containerCommand, containerEnv } from '../../../../agent/pod/container-env.ts';
import type { EnvFiles } from '../../../../agent/pod/env-file.ts';
import { expand } from '../../../../agent/pod/expansion.ts';
import type { Pod } from '../../../../common/pod.ts';
import { type ObjectsWish, objectsOf } from '../../../kit/pod-objects.ts';
import { aPod } from '../../../kit/pods.ts';

type Container = Pod['spec']['containers'][number];

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
  const context = () => ({ pod, place: PLACE, objects: objectsOf(), files: new Map() });
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
      const result = containerEnv({ name: 'main', env: [variable] }, context());
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
    const result = containerEnv({ name: 'main', env }, context());
    assert.deepEqual(result.kind === 'ok' && [...result.env], [
      ['A', '$(B)'],
      ['B', 'c'],
      ['C', 'b'],
    ]);
  });

  it('says which field it does not know', () => {
    const result = containerEnv({ name: 'main', env: [field('spec.hostname')] }, context());
    assert.deepEqual(result, { kind: 'problem', message: 'unsupported fieldPath: spec.hostname' });
  });

  it('knows every address of the machine', () => {
    const result = containerEnv({ name: 'main', env: [field('status.hostIPs')] }, context());
    assert.equal(result.kind === 'ok' && result.env.get('X'), '192.0.2.1,2001:db8::1');
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

describe('an environment of objects', () => {
  const OBJECTS: ObjectsWish = {
    configMaps: { paint: { colour: 'green', 'odd.key-1': 'kept', constructor: 'own' } },
    secrets: { login: { user: 'ada', colour: 'secret' } },
    services: { SHOP_SERVICE_HOST: '10.96.0.7', HOME: 'service' },
  };
  const envOf = (container: Partial<Container>, wish: ObjectsWish = OBJECTS) =>
    containerEnv(
      { name: 'main', ...container },
      {
        ...{ pod: aPod(), place: PLACE, objects: objectsOf(wish) },
        files: FILES,
      },
    );
  const variables = (container: Partial<Container>, wish?: ObjectsWish) => {
    const result = envOf(container, wish);
    assert.ok(result.kind === 'ok', result.kind === 'problem' ? result.message : '');
    return Object.fromEntries(result.env);
  };
  const FILES: EnvFiles = new Map([
    ['work/vars.env', { kind: 'found', text: "A='from a file'\nEMPTY=''\n" }],
    ['work/bad.env', { kind: 'found', text: 'A = 1\n' }],
    ['work/none.env', { kind: 'absent' }],
    ['work/pipe', { kind: 'unreadable' }],
  ]);
  const SERVICES = { SHOP_SERVICE_HOST: '10.96.0.7', HOME: 'service' };
  const configMapKey = (name: string, key: string, optional?: boolean) => ({
    name: 'X',
    valueFrom: { configMapKeyRef: { name, key, optional } },
  });
  const fileKey = (path: string, key: string, optional?: boolean, volumeName = 'work') => ({
    name: 'X',
    valueFrom: { fileKeyRef: { volumeName, path, key, optional } },
  });
  const secretKey = (name: string, key: string, optional?: boolean) => ({
    name: 'X',
    valueFrom: { secretKeyRef: { name, key, optional } },
  });

  it('has the variables of Services beneath everything else', () => {
    assert.deepEqual(variables({ env: [{ name: 'HOME', value: 'mine' }] }), { ...SERVICES, HOME: 'mine' });
  });

  it('sees the variables of Services in values, unless one of its own has the name', () => {
    const env = [
      { name: 'A', value: '$(SHOP_SERVICE_HOST) $(HOME)' },
      { name: 'HOME', value: 'mine' },
      { name: 'B', value: '$(HOME)' },
    ];
    assert.deepEqual(variables({ env }), { ...SERVICES, A: '10.96.0.7 service', HOME: 'mine', B: 'mine' });
  });

  it('takes whole objects in their order, the later before the earlier, with a prefix where there is one', () => {
    const envFrom = [
      { configMapRef: { name: 'paint' } },
      { secretRef: { name: 'login' } },
      { prefix: 'P_', secretRef: { name: 'login' } },
    ];
    assert.deepEqual(variables({ envFrom }), {
      ...SERVICES,
      colour: 'secret',
      'odd.key-1': 'kept',
      constructor: 'own',
      user: 'ada',
      P_user: 'ada',
      P_colour: 'secret',
    });
  });

  it('lets single variables win over whole objects, and see them', () => {
    const envFrom = [{ configMapRef: { name: 'paint' } }];
    const env = [{ name: 'colour', value: 'not $(colour)' }];
    assert.equal(variables({ env, envFrom })['colour'], 'not green');
  });

  it('expands nothing that comes out of an object', () => {
    const wish = { secrets: { s: { key: '$(HOME) $$' } } };
    assert.equal(variables({ env: [secretKey('s', 'key')] }, wish)['X'], '$(HOME) $$');
  });

  for (const { what, container, value } of [
    {
      what: 'a key of a ConfigMap',
      container: { env: [configMapKey('paint', 'colour')] },
      value: { X: 'green' },
    },
    { what: 'a key of a Secret', container: { env: [secretKey('login', 'user')] }, value: { X: 'ada' } },
    {
      what: 'an optional key that is missing',
      container: { env: [configMapKey('paint', 'none', true)] },
      value: {},
    },
    {
      what: 'an optional ConfigMap that is missing',
      container: { env: [configMapKey('none', 'x', true)] },
      value: {},
    },
    {
      what: 'an optional Secret that is missing',
      container: { env: [secretKey('none', 'x', true)] },
      value: {},
    },
    {
      what: 'a whole optional ConfigMap that is missing',
      container: { envFrom: [{ configMapRef: { name: 'none', optional: true } }] },
      value: {},
    },
    {
      what: 'a whole optional Secret that is missing',
      container: { envFrom: [{ secretRef: { name: 'none', optional: true } }] },
      value: {},
    },
    {
      what: 'a key of a file',
      container: { env: [fileKey('vars.env', 'A')] },
      value: { X: 'from a file' },
    },
    {
      what: 'an optional key a file has not',
      container: { env: [fileKey('vars.env', 'B', true)] },
      value: {},
    },
    {
      what: 'an optional file that is missing',
      container: { env: [fileKey('none.env', 'A', true)] },
      value: {},
    },
  ]) {
    it(`has, of ${what}, ${JSON.stringify(value)}`, () => {
      assert.deepEqual(variables(container), { ...SERVICES, ...value });
    });
  }

  it('keeps the earlier value of a variable whose optional source is missing', () => {
    const env = [{ name: 'X', value: 'before' }, configMapKey('none', 'x', true)];
    assert.equal(variables({ env })['X'], 'before');
  });

  for (const { container, wish, message } of [
    { container: { env: [configMapKey('none', 'x')] }, message: 'configmap "none" not found' },
    { container: { env: [secretKey('none', 'x')] }, message: 'secret "none" not found' },
    {
      container: { env: [configMapKey('paint', 'none')] },
      message: "couldn't find key none in ConfigMap default/paint",
    },
    {
      container: { env: [configMapKey('paint', 'toString')] },
      message: "couldn't find key toString in ConfigMap default/paint",
    },
    {
      container: { env: [secretKey('login', 'none')] },
      message: "couldn't find key none in Secret default/login",
    },
    {
      container: { envFrom: [{ configMapRef: { name: 'none' } }] },
      message: 'configmap "none" not found',
    },
    { container: { envFrom: [{ secretRef: { name: 'none' } }] }, message: 'secret "none" not found' },
    {
      container: { env: [configMapKey('paint', 'x', true)] },
      wish: { unknown: { paint: 'configmaps "paint" is forbidden' } },
      message: 'failed to sync configmap cache: configmaps "paint" is forbidden',
    },
    {
      container: {},
      wish: { unknown: { services: 'services is forbidden' } },
      message:
        'services have not yet been read at least once, cannot construct envvars: services is forbidden',
    },
    {
      container: { env: [fileKey('vars.env', 'B')] },
      message: 'environment variable key "B" not found in file "vars.env"',
    },
    {
      container: { env: [fileKey('vars.env', 'EMPTY')] },
      message: 'environment variable key "EMPTY" not found in file "vars.env"',
    },
    { container: { env: [fileKey('none.env', 'A')] }, message: "couldn't parse env file" },
    { container: { env: [fileKey('bad.env', 'A', true)] }, message: "couldn't parse env file" },
    { container: { env: [fileKey('pipe', 'A', true)] }, message: "couldn't parse env file" },
    {
      container: { env: [fileKey('vars.env', 'A', true, 'other')] },
      message: 'cannot find the volume "other" referenced by FileKeyRef',
    },
  ]) {
    it(`cannot be made: ${message}`, () => {
      assert.deepEqual(envOf(container, wish), { kind: 'problem', message });
    });
  }

  it('is waited for while something it needs has not been heard of, and not when it is known why', () => {
    const container = { name: 'main', env: [configMapKey('paint', 'x', true)] };
    const awaits = (unknown: ObjectsWish['unknown'], of: Container = container) =>
      awaitsObjects(of, objectsOf({ ...OBJECTS, ...(unknown ? { unknown } : {}) }));
    assert.equal(awaits(undefined), false);
    assert.equal(awaits({ paint: undefined }), true);
    assert.equal(awaits({ paint: 'forbidden' }), false);
    assert.equal(awaits({ login: undefined }), false);
    assert.equal(awaits({ services: undefined }), true);
    const whole = { name: 'main', envFrom: [{ secretRef: { name: 'login' } }] };
    assert.equal(awaits({ login: undefined }, whole), true);
  });

  it('never lets a weaker source through', () => {
    const texts = fc.dictionary(fc.constantFrom('A', 'B', 'C'), fc.constantFrom('x', 'y', 'z'));
    fc.assert(
      fc.property(texts, texts, texts, texts, (services, first, second, own) => {
        const wish = { services, configMaps: { first, second } };
        const envFrom = ['first', 'second'].map((name) => ({ configMapRef: { name } }));
        const env = Object.entries(own).map(([name, value]) => ({ name, value }));
        assert.deepEqual(variables({ env, envFrom }, wish), { ...services, ...first, ...second, ...own });
      }),
    );
  });
});
