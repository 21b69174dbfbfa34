// How the server refuses: paths, methods, formats, bodies; and the Status that says so.
import { configMap, pod } from '../objects.ts';
import type { Scenario } from '../scenario.ts';

export const errors: Scenario = {
  name: 'errors',
  async run(api) {
    const maps = api.in('configmaps');
    for (const path of [
      '/nowhere',
      '/api/v2',
      '/api/v1/strangers',
      '/apis/none.example.org/v1',
      '/apis/none.example.org/v1/things',
      '/apis/coordination.k8s.io/v9/leases',
      '/api/v1/pods/p',
      `/api/v1/namespaces/${api.namespace}/nodes`,
      api.in('pods/none'),
      api.in('pods/none/strange'),
      api.in('leases/none', 'coordination.k8s.io/v1'),
      '/api/v1/nodes/none',
      '/api/v1/namespaces/none',
      '/apis/longshore.dev/v1alpha1/agents',
    ]) {
      await api.get(path);
    }
    await api.create('/api/v1/pods', pod('p'));
    await api.send('POST', `${maps}/a`, { body: configMap('a') });
    await api.send('PUT', maps, { body: configMap('a') });
    await api.send('DELETE', '/api/v1/configmaps');
    await api.send('PURGE', maps, {});
    await api.send('PUT', '/api/v1', { body: {} });
    await api.send('PATCH', '/version', { body: {} });
    await api.send('OPTIONS', maps, {});
    await api.get('/apis/authentication.k8s.io/v1/tokenreviews');
    await api.get(api.in('bindings'));

    for (const accept of [
      'text/html',
      'application/xml',
      'application/json;as=Stranger;v=v1;g=meta.k8s.io',
      'application/json;as=Table;v=v9;g=meta.k8s.io',
      'text/html, application/json',
      '*/*',
      'application/*',
    ]) {
      await api.get(`${maps}?limit=1&labelSelector=none`, { accept });
    }
    await api.send('POST', maps, { body: 'no json' });
    await api.send('POST', maps, { body: '' });
    await api.send('POST', maps, { body: '{"metadata":{"name":"a"' });
    await api.send('POST', maps, { body: '[]' });
    await api.send('POST', maps, { body: '"text"' });
    await api.send('POST', maps, {
      body: 'metadata: {name: yaml}\nkind: ConfigMap\napiVersion: v1\n',
      contentType: 'application/yaml',
    });
    await api.send('POST', maps, { body: '{{', contentType: 'application/yaml' });
    await api.send('POST', maps, { body: configMap('typed'), contentType: 'text/plain' });
    await api.send('POST', maps, {
      body: configMap('typed'),
      contentType: 'application/json; charset=utf-8',
    });
    await api.send('POST', maps, { body: configMap('untyped'), headers: { 'content-type': '' } });
    await api.create(maps, { ...configMap('a'), kind: 'Secret', data: {} });
    await api.create(maps, { ...configMap('a'), kind: 'Stranger' });
    await api.create(maps, { ...configMap('a'), apiVersion: 'v9' });
    await api.create(maps, { metadata: { name: 'kindless' } });
    await api.create(maps, { ...configMap('a'), metadata: 'text' });
    await api.create(maps, { ...configMap('a'), data: { number: 1 } });
    await api.create(maps, { ...configMap('a'), data: ['list'] });
    await api.create(maps, { ...configMap('warned'), extra: 1, other: { deep: true } });
    await api.create(`${maps}?fieldValidation=Strict`, {
      ...configMap('strict'),
      extra: 1,
      other: { deep: true },
    });
    await api.create(`${maps}?fieldValidation=Ignore`, { ...configMap('ignored'), extra: 1 });
    await api.create(`${maps}?fieldValidation=Sometimes`, configMap('sometimes'));
    await api.create(
      `${api.in('pods')}?fieldValidation=Strict`,
      pod('strict', { spec: { containers: [{ name: 'c', image: 'x', imge: 'y' }], strange: 1 } }),
    );

    for (const spec of [
      { priority: 5 },
      { preemptionPolicy: 'Never' },
      { priority: 2_000_000_000, priorityClassName: 'system-node-critical' },
      { priority: 0, preemptionPolicy: 'PreemptLowerPriority' },
    ]) {
      await api.create(api.in('pods'), pod('important', { spec }));
    }

    for (const metadata of [
      { name: 'Upper' },
      { name: 'a'.repeat(254) },
      { name: '' },
      { name: 'a/b' },
      { generateName: 'Upper-' },
      { name: 'l', labels: { 'bad key': 'x' } },
      { name: 'l', labels: { ok: 'bad value' } },
      { name: 'l', labels: { '/x': 'y' } },
      { name: 'l', labels: { ['k'.repeat(64)]: 'v'.repeat(64) } },
      { name: 'l', labels: { ok: 1 } },
      { name: 'l', annotations: { 'bad key': 'x' } },
      { name: 'l', annotations: { big: 'x'.repeat(300_000) } },
      { name: 'l', finalizers: ['no slash'] },
      { name: 'l', finalizers: ['plain'] },
      { name: 'l', ownerReferences: [{ name: 'x' }] },
      {
        name: 'l',
        ownerReferences: [
          { apiVersion: 'v1', kind: 'A', name: 'x', uid: '1', controller: true },
          { apiVersion: 'v1', kind: 'A', name: 'y', uid: '2', controller: true },
        ],
      },
      { name: 'l', ownerReferences: [{ apiVersion: 'v1', kind: 'Event', name: 'x', uid: '1' }] },
    ]) {
      await api.create(maps, { apiVersion: 'v1', kind: 'ConfigMap', metadata });
    }
    for (const body of [
      { data: { 'bad/key': 'x' } },
      { data: { a: 'x' }, binaryData: { a: 'eA==' } },
      { binaryData: { a: 'no base64!' } },
      { data: { ['k'.repeat(254)]: 'x' } },
      { data: { '..': 'y' } },
    ]) {
      await api.create(maps, { metadata: { name: 'm' }, ...body });
    }
    for (const body of [
      { data: { a: 'no base64!' } },
      { stringData: { 'bad key': 'x' } },
      { type: 'kubernetes.io/tls', data: {} },
      { type: 'kubernetes.io/basic-auth' },
      { type: 'kubernetes.io/dockerconfigjson', stringData: { '.dockerconfigjson': 'no json' } },
      { type: 'kubernetes.io/service-account-token' },
    ]) {
      await api.create(api.in('secrets'), { metadata: { name: 's' }, ...body });
    }
    await api.aside.create(api.in('secrets'), {
      metadata: { name: 'fixed' },
      immutable: true,
      data: { a: 'eA==' },
    });
    await api.patch(api.in('secrets/fixed'), 'merge', { data: { a: 'eQ==' } });
    await api.patch(api.in('secrets/fixed'), 'merge', { immutable: false });
    await api.patch(api.in('secrets/fixed'), 'merge', { type: 'other' });
    await api.patch(api.in('secrets/fixed'), 'merge', { metadata: { labels: { still: 'possible' } } });
    await api.send('POST', maps, { body: JSON.stringify(configMap('huge', { a: 'x'.repeat(3_200_000) })) });
    await api.create(maps, configMap('large', { a: 'x'.repeat(1_100_000) }));
  },
};
