// The patch formats: what each can say, and how each is refused.
import { configMap, pod } from '../objects.ts';
import type { Scenario } from '../scenario.ts';

export const patches: Scenario = {
  name: 'patches',
  async run(api) {
    const map = api.in('configmaps/a');
    await api.aside.create(api.in('configmaps'), configMap('a', { one: '1', two: '2' }));
    await api.patch(map, 'merge', { data: { one: null, three: '3' }, metadata: { labels: { x: 'y' } } });
    await api.patch(map, 'merge', {});
    await api.patch(map, 'merge', { data: { two: 2 } });
    await api.patch(map, 'merge', { data: 'text' });
    await api.patch(map, 'merge', 'no json');
    await api.patch(map, 'merge', ['a list']);
    await api.patch(map, 'merge', { metadata: { labels: { 'not a label': 'x' } } });
    await api.patch(map, 'merge', { stranger: true });
    await api.patch(`${map}?fieldValidation=Strict`, 'merge', { stranger: true });
    await api.patch(`${map}?fieldValidation=Ignore`, 'merge', { stranger: true });

    await api.patch(map, 'json', [
      { op: 'test', path: '/data/two', value: '2' },
      { op: 'add', path: '/data/four', value: '4' },
      { op: 'move', from: '/data/four', path: '/data/five' },
      { op: 'copy', from: '/data/five', path: '/data/six' },
      { op: 'remove', path: '/data/two' },
      { op: 'replace', path: '/metadata/labels/x', value: 'z' },
      { op: 'add', path: '/metadata/annotations', value: { 'a/b': 'c' } },
      { op: 'add', path: '/metadata/annotations/a~1d', value: 'e' },
    ]);
    await api.patch(map, 'json', [{ op: 'test', path: '/data/five', value: 'wrong' }]);
    await api.patch(map, 'json', [{ op: 'remove', path: '/data/none' }]);
    await api.patch(map, 'json', [{ op: 'replace', path: '/data/none', value: 'x' }]);
    await api.patch(map, 'json', [{ op: 'add', path: '/none/none', value: 'x' }]);
    await api.patch(map, 'json', [{ op: 'conjure', path: '/data/x', value: 'x' }]);
    await api.patch(map, 'json', { op: 'add' });
    await api.patch(map, 'json', []);

    const path = api.in('pods/p');
    await api.aside.create(api.in('pods'), patchedPod());
    const first = await api.aside.get(map);
    const second = await api.aside.create(api.in('configmaps'), configMap('b'));
    const changes: readonly object[] = [
      { metadata: { labels: { a: null, c: '3' }, annotations: { note: 'x' } } },
      { metadata: { finalizers: ['example.org/two'] } },
      {
        metadata: {
          $deleteFromPrimitiveList: { finalizers: null },
          '$deleteFromPrimitiveList/finalizers': ['example.org/one'],
        },
      },
      { spec: { containers: [{ name: 'side', image: 'example/side:2' }] } },
      {
        spec: {
          $setElementOrderX: [],
          containers: [{ name: 'main', image: 'example/app:2' }],
          '$setElementOrder/containers': [{ name: 'side' }, { name: 'main' }],
        },
      },
      { spec: { tolerations: [{ key: 'k', operator: 'Exists', effect: 'NoExecute' }] } },
      { spec: { containers: [{ image: 'nameless' }] } },
      { spec: { containers: [{ name: 'main', $patch: 'delete' }] } },
      { spec: { containers: [{ name: 'main', env: [{ name: 'A', value: 'changed' }] }] } },
      { metadata: { labels: { $patch: 'replace', only: 'this' } } },
      { metadata: { annotations: { $patch: 'delete' } } },
      { metadata: { labels: { $patch: 'conjure' } } },
      { metadata: { $retainKeys: ['labels'], labels: { kept: 'yes' } } },
      { spec: { containers: 'text' } },
      { spec: { activeDeadlineSeconds: 'soon' } },
      { metadata: { ownerReferences: [owner(first)] } },
      { metadata: { ownerReferences: [{ uid: first.metadata.uid, controller: true }, owner(second)] } },
      { metadata: { ownerReferences: [{ uid: first.metadata.uid, $patch: 'delete' }] } },
    ];
    for (const change of changes) {
      await api.patch(path, 'strategic', change, { view: changeable });
    }

    await api.send('PATCH', map, { body: { data: {} } });
    await api.send('PATCH', map, { body: { data: {} }, contentType: 'text/plain' });
    await api.send('PATCH', map, { body: { data: {} }, contentType: '' });
    await api.send('PATCH', api.in('configmaps'), { body: {}, contentType: 'application/merge-patch+json' });
  },
};

function owner({ metadata }: { metadata: { name: string; uid: string } }) {
  return { apiVersion: 'v1', kind: 'ConfigMap', name: metadata.name, uid: metadata.uid };
}

function patchedPod() {
  return pod('p', {
    labels: { a: '1', b: '2' },
    metadata: { finalizers: ['example.org/one'] },
    spec: {
      containers: [
        { name: 'main', image: 'example/app:1', env: [{ name: 'A', value: '1' }] },
        { name: 'side', image: 'example/side:1' },
      ],
    },
  });
}

/** Of a pod, what the changes are about; of anything else, all. */
function changeable(body: {
  kind: string;
  metadata: object;
  spec: { containers: { name: string; image: string }[]; tolerations: object };
}) {
  if (body.kind !== 'Pod') return body;
  const { metadata, spec } = body;
  return {
    metadata,
    containers: spec.containers.map(({ name, image }) => `${name} ${image}`),
    tolerations: spec.tolerations,
  };
}
