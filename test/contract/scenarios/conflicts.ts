// Writes that carry what they expect: a version, a uid, a name.
import { configMap, pod } from '../objects.ts';
import type { Scenario } from '../scenario.ts';

const OTHER_UID = '11111111-2222-3333-4444-555555555555';

export const conflicts: Scenario = {
  name: 'conflicts',
  async run(api) {
    const map = api.in('configmaps/a');
    const first = await api.aside.create(api.in('configmaps'), configMap('a', { n: '1' }));
    const { body: second } = await api.put(map, { ...first, data: { n: '2' } });
    await api.put(map, { ...first, data: { n: '3' } });
    await api.put(map, configMap('a', { n: 'no version: it overwrites' }));
    await api.put(map, configMap('a', {}, { resourceVersion: '0' }));
    await api.put(map, configMap('a', {}, { resourceVersion: 'abc' }));
    await api.put(map, configMap('a', {}, { uid: OTHER_UID }));
    await api.put(map, configMap('a', {}, { uid: first.metadata.uid }));
    await api.put(map, configMap('b'));
    await api.put(map, configMap('a', {}, { namespace: 'other' }));
    await api.put(map, { ...second, kind: 'Secret', data: undefined });
    await api.put(map, { ...configMap('a'), metadata: {} });

    const stale = { metadata: { resourceVersion: first.metadata.resourceVersion }, data: { n: '4' } };
    await api.patch(map, 'merge', stale);
    await api.patch(map, 'strategic', stale);
    await api.patch(map, 'merge', { metadata: { uid: OTHER_UID } });
    await api.patch(map, 'merge', { metadata: { name: 'b' } });
    await api.patch(map, 'merge', { metadata: { namespace: 'other' } });
    await api.patch(map, 'json', [{ op: 'replace', path: '/metadata/uid', value: OTHER_UID }]);
    await api.patch(api.in('configmaps/none'), 'merge', { data: {} });
    await api.patch(api.in('configmaps/none'), 'merge', { metadata: { uid: OTHER_UID } });

    await api.delete(map, { preconditions: { uid: OTHER_UID } });
    await api.delete(map, { preconditions: { resourceVersion: first.metadata.resourceVersion } });
    await api.delete(map, { preconditions: { uid: first.metadata.uid } });
    await api.delete(map, { preconditions: { uid: first.metadata.uid } });

    // As Longshore places and ends a pod.
    const made = await api.aside.create(api.in('pods'), pod('p'));
    const condition = { type: 'longshore.dev/Placed', status: 'True' };
    const placed = { metadata: { uid: made.metadata.uid }, status: { conditions: [condition] } };
    await api.patch(api.in('pods/p/status'), 'strategic', placed);
    const { uid, resourceVersion } = made.metadata;
    const late = { metadata: { uid, resourceVersion }, status: { phase: 'Running' } };
    await api.patch(api.in('pods/p/status'), 'strategic', late);
    await api.patch(api.in('pods/p/status'), 'strategic', {
      metadata: { uid: OTHER_UID },
      status: { phase: 'Running' },
    });
    await api.delete(api.in('pods/p'), { gracePeriodSeconds: 0, preconditions: { uid, resourceVersion } });
    await api.delete(api.in('pods/p'), { gracePeriodSeconds: 0, preconditions: { uid } });
  },
};
