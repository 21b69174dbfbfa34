import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { LongshoreError } from '../../../../common/errors.ts';
import type { JsonObject } from '../../../../sandbox/builtin/resource.ts';
import { strategicMerge } from '../../../../sandbox/builtin/strategic-merge.ts';

interface Case {
  readonly name: string;
  readonly kind?: string;
  readonly original: JsonObject;
  readonly patch: JsonObject;
  readonly want: JsonObject;
}

const containers = (...list: unknown[]) => ({ spec: { containers: list } });
const conditions = (...list: unknown[]) => ({ status: { conditions: list } });
const finalizers = (...list: string[]) => ({ metadata: { finalizers: list } });

const cases: Case[] = [
  {
    name: 'objects merge field by field and a null deletes',
    original: { metadata: { labels: { a: '1', b: '2' } } },
    patch: { metadata: { labels: { b: null, c: '3', absent: null } } },
    want: { metadata: { labels: { a: '1', c: '3' } } },
  },
  {
    name: 'containers merge by name, and a new one comes first as the patch names it',
    original: containers({ name: 'a', image: '1', command: ['x'] }, { name: 'b', image: '1' }),
    patch: containers({ name: 'c', image: '3' }, { name: 'a', image: '2' }),
    want: containers(
      { name: 'c', image: '3' },
      { name: 'a', image: '2', command: ['x'] },
      { name: 'b', image: '1' },
    ),
  },
  {
    name: 'conditions merge by type',
    original: conditions(
      { type: 'Ready', status: 'False', reason: 'x' },
      { type: 'PodScheduled', status: 'True' },
    ),
    patch: conditions({ type: 'Ready', status: 'True', reason: null }),
    want: conditions({ type: 'Ready', status: 'True' }, { type: 'PodScheduled', status: 'True' }),
  },
  {
    name: 'container statuses are replaced whole',
    original: { status: { containerStatuses: [{ name: 'a' }, { name: 'b' }] } },
    patch: { status: { containerStatuses: [{ name: 'b', ready: true }] } },
    want: { status: { containerStatuses: [{ name: 'b', ready: true }] } },
  },
  {
    name: 'tolerations are replaced whole',
    original: { spec: { tolerations: [{ key: 'a' }] } },
    patch: { spec: { tolerations: [{ key: 'b' }] } },
    want: { spec: { tolerations: [{ key: 'b' }] } },
  },
  {
    name: 'pod IPs merge by ip, so that an old address must be deleted by name',
    original: { status: { podIPs: [{ ip: '10.0.0.1' }] } },
    patch: {
      status: {
        podIPs: [{ ip: '10.0.0.1', $patch: 'delete' }, { ip: '10.0.0.2' }],
        '$setElementOrder/podIPs': [{ ip: '10.0.0.2' }],
      },
    },
    want: { status: { podIPs: [{ ip: '10.0.0.2' }] } },
  },
  {
    name: 'node addresses merge by type: the second of one type overwrites the first',
    kind: 'Node',
    original: { status: { addresses: [{ type: 'InternalIP', address: '1.1.1.1' }] } },
    patch: {
      status: {
        addresses: [
          { type: 'InternalIP', address: '2.2.2.2' },
          { type: 'InternalIP', address: 'fd00::2' },
        ],
      },
    },
    want: { status: { addresses: [{ type: 'InternalIP', address: 'fd00::2' }] } },
  },
  {
    name: 'node taints are replaced whole',
    kind: 'Node',
    original: { spec: { taints: [{ key: 'a', effect: 'NoSchedule' }] } },
    patch: { spec: { taints: [] } },
    want: { spec: { taints: [] } },
  },
  {
    name: 'service ports merge by port',
    kind: 'Service',
    original: { spec: { ports: [{ port: 80, targetPort: 1 }] } },
    patch: { spec: { ports: [{ port: 80, targetPort: 2 }, { port: 81 }] } },
    want: { spec: { ports: [{ port: 80, targetPort: 2 }, { port: 81 }] } },
  },
  {
    name: "a disruption budget's selector is replaced whole",
    kind: 'PodDisruptionBudget',
    original: { spec: { selector: { matchLabels: { a: '1' } } } },
    patch: { spec: { selector: { matchLabels: { b: '1' } } } },
    want: { spec: { selector: { matchLabels: { b: '1' } } } },
  },
  {
    name: 'kinds without rules of their own still merge their metadata',
    kind: 'ConfigMap',
    original: { ...finalizers('a'), data: { x: '1' } },
    patch: { ...finalizers('b'), data: { y: '2' } },
    want: { ...finalizers('b', 'a'), data: { x: '1', y: '2' } },
  },
  {
    name: 'owner references merge by uid',
    original: { metadata: { ownerReferences: [{ uid: '1', controller: true }] } },
    patch: { metadata: { ownerReferences: [{ uid: '1', controller: false }, { uid: '2' }] } },
    want: { metadata: { ownerReferences: [{ uid: '1', controller: false }, { uid: '2' }] } },
  },
  {
    name: '$deleteFromPrimitiveList takes scalars out of a set',
    original: finalizers('a', 'b', 'c'),
    patch: { metadata: { '$deleteFromPrimitiveList/finalizers': ['b'], finalizers: ['d'] } },
    want: finalizers('d', 'a', 'c'),
  },
  {
    name: '$setElementOrder arranges the named, and the others go before those they came before',
    original: containers({ name: 'a' }, { name: 'live' }, { name: 'b' }),
    patch: { spec: { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }] } },
    want: containers({ name: 'live' }, { name: 'b' }, { name: 'a' }),
  },
  {
    name: '$setElementOrder of a list that nobody has is ignored',
    original: { spec: {} },
    patch: { spec: { '$setElementOrder/volumes': [{ name: 'b' }] } },
    want: { spec: {} },
  },
  {
    name: '$patch: delete takes an element out',
    original: containers({ name: 'a' }, { name: 'b' }),
    patch: containers({ name: 'a', $patch: 'delete' }),
    want: containers({ name: 'b' }),
  },
  {
    name: '$patch: replace as an element makes the patch the whole list',
    original: containers({ name: 'a', image: '1' }, { name: 'b' }),
    patch: containers({ $patch: 'replace' }, { name: 'a', command: ['x'] }),
    want: containers({ name: 'a', command: ['x'] }),
  },
  {
    name: '$patch: replace in an object replaces that object',
    original: { metadata: { labels: { a: '1' } } },
    patch: { metadata: { labels: { $patch: 'replace', b: '2' } } },
    want: { metadata: { labels: { b: '2' } } },
  },
  {
    name: '$patch: delete in an object empties it',
    original: { metadata: { labels: { a: '1' } } },
    patch: { metadata: { labels: { $patch: 'delete' } } },
    want: { metadata: { labels: {} } },
  },
  {
    name: '$retainKeys switches the source of a volume',
    original: { spec: { volumes: [{ name: 'v', emptyDir: {} }] } },
    patch: {
      spec: { volumes: [{ name: 'v', hostPath: { path: '/x' }, $retainKeys: ['name', 'hostPath'] }] },
    },
    want: { spec: { volumes: [{ name: 'v', hostPath: { path: '/x' } }] } },
  },
  {
    name: 'directives and nulls in a part that is new are dropped',
    original: { spec: {} },
    patch: containers({ name: 'a', image: null, env: [{ name: 'x', $patch: 'delete' }, { name: 'y' }] }),
    want: containers({ name: 'a', env: [{ name: 'y' }] }),
  },
  {
    name: 'a value of another type replaces',
    original: { spec: { nodeSelector: { a: '1' } } },
    patch: { spec: { nodeSelector: 'text' } },
    want: { spec: { nodeSelector: 'text' } },
  },
];

describe('strategicMerge', () => {
  for (const { name, kind = 'Pod', original, patch, want } of cases) {
    test(name, () => assert.deepEqual(strategicMerge(original, patch, kind), want));
  }

  const refused: { name: string; original?: JsonObject; patch: JsonObject; message: RegExp }[] = [
    {
      name: 'an element without its merge key',
      original: containers({ name: 'a' }),
      patch: containers({ image: 'x' }),
      message: /^map: map\[image:x\] does not contain declared merge key: name$/,
    },
    {
      name: 'an unknown $patch directive',
      original: { metadata: { labels: { a: '1' } } },
      patch: { metadata: { labels: { $patch: 'swap' } } },
      message: /^unknown patch type: swap in map: map\[\$patch:swap\]$/,
    },
    {
      name: '$patch: merge in a list',
      original: containers({ name: 'a' }),
      patch: containers({ name: 'a', $patch: 'merge' }),
      message: /merging lists cannot yet be specified/,
    },
    {
      name: 'a patch that leaves its $setElementOrder',
      original: containers({ name: 'a' }),
      patch: { spec: { containers: [{ name: 'b' }], '$setElementOrder/containers': [{ name: 'a' }] } },
      message: /doesn't match \$setElementOrder list/,
    },
    {
      name: 'a field outside $retainKeys',
      patch: { spec: { $retainKeys: ['nodeName'], hostname: 'x' } },
      message: /invalid patch format of retainKeys/,
    },
    {
      name: 'a $setElementOrder that is no list',
      patch: { spec: { '$setElementOrder/containers': 'a' } },
      message: /expected a \[\]interface \{\}, but received a string/,
    },
    {
      name: 'a list of mixed elements',
      original: containers({ name: 'a' }),
      patch: containers('a'),
      message: /list element types are not identical/,
    },
    {
      name: 'a list in a list',
      original: containers({ name: 'a' }),
      patch: containers(['a']),
      message: /lists of lists/,
    },
  ];
  for (const { name, original = { spec: {} }, patch, message } of refused) {
    test(`refuses ${name}`, () =>
      assert.throws(
        () => strategicMerge(original, patch, 'Pod'),
        (error) => error instanceof LongshoreError && error.code === 'invalid' && message.test(error.message),
      ));
  }

  test('a __proto__ in a patch changes no prototype', () => {
    const merged = strategicMerge(
      { spec: {} },
      JSON.parse('{"spec":{"__proto__":{"polluted":true}}}'),
      'Pod',
    );
    assert.deepEqual(merged, { spec: {} });
    assert.equal(Reflect.get(Object(merged['spec']), 'polluted'), undefined);
  });

  const name = fc.constantFrom('a', 'b', 'c', 'd');
  const plain = { noNullPrototype: true };
  const container = fc.record({ name, image: name }, { requiredKeys: ['name'], ...plain });
  const pod = fc.record(
    {
      metadata: fc.record(
        { labels: fc.dictionary(name, name, plain), finalizers: fc.uniqueArray(name) },
        plain,
      ),
      spec: fc.record({ containers: fc.uniqueArray(container, { selector: (c) => c.name }) }, plain),
    },
    plain,
  );

  test('an object patched with itself stays as it is, and so does the patch', () => {
    fc.assert(
      fc.property(pod, (object) => {
        const before = structuredClone(object);
        assert.deepEqual(strategicMerge(object, object, 'Pod'), before);
        assert.deepEqual(object, before);
      }),
    );
  });

  test('a patch applied twice changes no more than once', () => {
    fc.assert(
      fc.property(pod, pod, (original, patch) => {
        const once = strategicMerge(original, patch, 'Pod');
        assert.deepEqual(strategicMerge(once, patch, 'Pod'), once);
      }),
    );
  });

  test('every container of either side survives once, those of the patch in its order', () => {
    fc.assert(
      fc.property(pod, pod, (original, patch) => {
        const merged = strategicMerge(original, patch, 'Pod') as unknown as typeof original;
        const names = merged.spec.containers.map((c) => c.name);
        const patched = patch.spec.containers.map((c) => c.name);
        const all = new Set([...original.spec.containers.map((c) => c.name), ...patched]);
        assert.deepEqual(new Set(names), all);
        assert.equal(names.length, all.size);
        assert.deepEqual(
          names.filter((n) => patched.includes(n)),
          patched,
        );
      }),
    );
  });
});
