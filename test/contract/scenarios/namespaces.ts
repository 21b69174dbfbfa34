// Namespaces: what they hold from the start, and how they go.
import { configMap, pod } from '../objects.ts';
import type { Scenario } from '../scenario.ts';

export const namespaces: Scenario = {
  name: 'namespaces',
  async run(api) {
    const name = 'contract-namespaces-extra';
    const path = `/api/v1/namespaces/${name}`;
    await api.create('/api/v1/namespaces', { metadata: { name, labels: { a: 'b' } } });
    await api.create('/api/v1/namespaces', { metadata: { name } });
    await api.create('/api/v1/namespaces', { metadata: { name: 'with.dots' } });
    await api.create('/api/v1/namespaces', { metadata: { name: 'x', namespace: 'y' } });
    await api.patch(path, 'merge', {
      metadata: { labels: { a: null, 'kubernetes.io/metadata.name': 'other' } },
      spec: { finalizers: [] },
    });
    await api.aside.until(`${path}/configmaps/kube-root-ca.crt`, ({ status }) => status === 200);
    await api.aside.until(`${path}/serviceaccounts/default`, ({ status }) => status === 200);
    await api.get(`${path}/configmaps`);
    await api.get(`${path}/serviceaccounts`);
    await api.aside.create(`${path}/pods`, pod('held', { metadata: { finalizers: ['example.org/hold'] } }));
    await api.delete(path);
    await api.delete(path);
    await api.get(path, {
      view: ({ metadata, spec, status }) => ({
        deleting: metadata.deletionTimestamp,
        finalizers: metadata.finalizers,
        spec,
        phase: status.phase,
      }),
    });
    await api.create(`${path}/configmaps`, configMap('late'));
    await api.aside.until(`${path}/pods/held`, ({ body }) => body.metadata?.deletionTimestamp !== undefined);
    // Pods go first; everything else stays until they are gone.
    await api.get(`${path}/configmaps/kube-root-ca.crt`);
    await api.aside.patch(`${path}/pods/held`, 'merge', { metadata: { finalizers: null } });
    await api.aside.until(path, ({ status }) => status === 404);
    await api.get(path);
    await api.get(`${path}/configmaps`);
    for (const fixed of ['default', 'kube-system', 'kube-public'])
      await api.delete(`/api/v1/namespaces/${fixed}`);
  },
};
