// Subresources that are no view of the object: bindings, evictions, tokens, and what a node without a kubelet answers.
import type { Conversation } from '../conversation.ts';
import { pod } from '../objects.ts';
import type { Scenario } from '../scenario.ts';

export const subresources: Scenario = {
  name: 'subresources',
  async run(api) {
    await bindings(api);
    await evictions(api);
    await tokens(api);
    await streams(api);
    await others(api);
  },
};

async function bindings(api: Conversation) {
  const target = { apiVersion: 'v1', kind: 'Node', name: 'bound-node' };
  const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'b' }, target };
  const made = await api.aside.create(api.in('pods'), pod('b'));
  await api.create(api.in('pods/b/binding'), {
    ...binding,
    metadata: { name: 'b', uid: '11111111-2222-3333-4444-555555555555' },
  });
  await api.create(api.in('pods/b/binding'), { ...binding, target: { kind: 'Pod', name: 'x' } });
  await api.create(api.in('pods/b/binding'), { ...binding, target: {} });
  await api.create(api.in('pods/b/binding'), { ...binding, metadata: { name: 'other' } });
  await api.create(`${api.in('pods/b/binding')}?dryRun=All`, binding);
  await api.create(api.in('pods/b/binding'), {
    ...binding,
    metadata: { name: 'b', uid: made.metadata.uid, annotations: { by: 'test' } },
  });
  await api.get(api.in('pods/b'));
  await api.create(api.in('pods/b/binding'), binding);
  await api.create(api.in('pods/none/binding'), { ...binding, metadata: { name: 'none' } });
  await api.aside.create(api.in('pods'), pod('old'));
  await api.create(api.in('bindings'), { ...binding, metadata: { name: 'old' } });
  await api.get(api.in('pods/b/binding'));
  await api.aside.create(
    api.in('pods'),
    pod('gated', { spec: { schedulingGates: [{ name: 'example.org/wait' }] } }),
  );
  await api.create(api.in('pods/gated/binding'), { ...binding, metadata: { name: 'gated' } });
}

async function evictions(api: Conversation) {
  const spec = { nodeName: 'eviction-node' };
  const eviction = (name: string, more: object = {}) => ({
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name },
    ...more,
  });
  const running = async (name: string) => {
    await api.aside.create(api.in('pods'), pod(name, { labels: { app: 'guarded' }, spec }));
    await api.aside.patch(api.in(`pods/${name}/status`), 'strategic', {
      status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
    });
  };
  await running('e1');
  await running('e2');
  const budgets = api.in('poddisruptionbudgets', 'policy/v1');
  await api.create(budgets, {
    metadata: { name: 'guard' },
    spec: { minAvailable: 1, selector: { matchLabels: { app: 'guarded' } } },
  });
  await api.aside.until(`${budgets}/guard`, ({ body }) => body.status?.disruptionsAllowed === 1);
  await api.get(`${budgets}/guard`, { view: withoutConditions });
  await api.create(api.in('pods/e1/eviction'), eviction('e1'));
  await api.get(api.in('pods/e1'));
  await api.aside.until(
    `${budgets}/guard`,
    ({ body }) => body.status?.disruptionsAllowed === 0 && body.status?.currentHealthy === 1,
  );
  await api.create(api.in('pods/e2/eviction'), eviction('e2'));
  await api.create(api.in('pods/none/eviction'), eviction('none'));
  await api.create(api.in('pods/e2/eviction'), eviction('other'));
  await api.create(api.in('pods/e2/eviction'), {});
  await api.create(api.in('pods/e1/eviction'), eviction('e1'));
  await api.delete(`${budgets}/guard`);
  await api.create(
    api.in('pods/e2/eviction'),
    eviction('e2', { deleteOptions: { preconditions: { uid: 'other' } } }),
  );
  await api.create(api.in('pods/e2/eviction'), eviction('e2', { deleteOptions: { gracePeriodSeconds: 3 } }));
  await api.create(api.in('pods/e2/eviction'), { ...eviction('e2'), apiVersion: 'policy/v1beta1' });
}

async function tokens(api: Conversation) {
  const path = api.in('serviceaccounts/default/token');
  const view = (body: { status?: { token?: string } }) =>
    body.status?.token ? { ...body, claims: claimsOf(body.status.token) } : body;
  await api.create(path, { spec: { audiences: ['longshore'], expirationSeconds: 600 } }, { view });
  await api.create(
    path,
    { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
    { view },
  );
  const { metadata } = await api.aside.create(api.in('pods'), pod('holder'));
  const boundObjectRef = { kind: 'Pod', apiVersion: 'v1', name: 'holder', uid: metadata.uid };
  await api.create(path, { spec: { audiences: ['a', 'b'], boundObjectRef } }, { view });
  await api.create(path, { spec: { boundObjectRef: { ...boundObjectRef, uid: 'other' } } });
  await api.create(path, { spec: { boundObjectRef: { ...boundObjectRef, name: 'none' } } });
  await api.create(path, { spec: { boundObjectRef: { kind: 'ConfigMap', apiVersion: 'v1', name: 'x' } } });
  await api.create(path, { spec: { expirationSeconds: 5 } });
  await api.create(path, { spec: { expirationSeconds: 5_000_000_000 } });
  await api.create(api.in('serviceaccounts/none/token'), { spec: {} });
  await api.get(path);
}

/** What a token says of itself; who signed it and its numbers are not compared. */
function claimsOf(token: string): unknown {
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  return { ...claims, exp: claims.exp - claims.iat, iat: 0, nbf: claims.nbf - claims.iat };
}

async function streams(api: Conversation) {
  await api.aside.create(api.in('pods'), pod('unbound'));
  await api.aside.create(api.in('pods'), pod('lost', { spec: { nodeName: 'no-such-node' } }));
  await api.aside.create(
    api.in('pods'),
    pod('several', {
      spec: {
        nodeName: 'no-such-node',
        containers: [
          { name: 'a', image: 'x' },
          { name: 'b', image: 'x' },
        ],
        initContainers: [{ name: 'i', image: 'x' }],
      },
    }),
  );
  for (const rest of [
    'unbound/log',
    'lost/log',
    'none/log',
    'several/log',
    'several/log?container=c',
    'lost/log?container=x',
    'lost/log?tailLines=-1',
    'lost/log?tailLines=soon',
    'lost/log?sinceSeconds=5&sinceTime=2026-01-01T00:00:00Z',
    'lost/log?limitBytes=0',
    'lost/log?stream=Both',
    'unbound/exec?command=ls',
    'lost/exec',
    'unbound/attach',
    'unbound/portforward',
    'lost/portforward',
    'unbound/proxy/',
    'unbound/proxy',
  ]) {
    await api.get(api.in(`pods/${rest}`));
  }
  await api.get('/api/v1/nodes/no-such-node/proxy/healthz');
}

async function others(api: Conversation) {
  await api.aside.create(api.in('pods'), pod('p'));
  const ephemeral = {
    spec: { ephemeralContainers: [{ name: 'debug', image: 'busybox:1', targetContainerName: 'main' }] },
  };
  await api.get(api.in('pods/p/ephemeralcontainers'));
  await api.patch(api.in('pods/p/ephemeralcontainers'), 'strategic', ephemeral);
  await api.patch(api.in('pods/p/ephemeralcontainers'), 'strategic', {
    spec: { ephemeralContainers: [{ name: 'main', image: 'x' }] },
  });
  await api.patch(api.in('pods/p/ephemeralcontainers'), 'json', [
    { op: 'remove', path: '/spec/ephemeralContainers/0' },
  ]);
  await api.patch(api.in('pods/p'), 'strategic', {
    spec: { ephemeralContainers: [{ name: 'again', image: 'x' }] },
  });
  await api.create(api.in('pods'), pod('eph', ephemeral));
  const resized = { spec: { containers: [{ name: 'main', resources: { requests: { cpu: '10m' } } }] } };
  await api.aside.create(
    api.in('pods'),
    pod('sized', {
      spec: {
        containers: [
          { name: 'main', image: 'x', resources: { requests: { cpu: '5m' } } },
          { name: 'other', image: 'x' },
        ],
      },
    }),
  );
  await api.patch(api.in('pods/sized/resize'), 'strategic', resized);
  await api.patch(api.in('pods/sized'), 'strategic', {
    spec: { containers: [{ name: 'main', resources: { requests: { cpu: '20m' } } }] },
  });
  const reimaged = { spec: { containers: [{ name: 'main', image: 'other' }] } };
  await api.patch(api.in('pods/sized/resize'), 'strategic', reimaged, { view: ({ spec }) => spec });
  await api.get(api.in('pods/p/scale'));
  await api.put(`/api/v1/namespaces/${api.namespace}/finalize`, {
    metadata: { name: api.namespace },
    spec: { finalizers: ['kubernetes', 'example.org/own'] },
  });
  await api.put(`/api/v1/namespaces/${api.namespace}/finalize`, {
    metadata: { name: api.namespace },
    spec: { finalizers: ['kubernetes'] },
  });
  await api.get(`/api/v1/namespaces/${api.namespace}/status`);
}

function withoutConditions(body: { status?: { conditions?: unknown } }) {
  return { ...body, status: { ...body.status, conditions: undefined } };
}
