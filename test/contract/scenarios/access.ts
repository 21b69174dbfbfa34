// Who may do what, and how one asks: roles, bindings, reviews, tokens, impersonation, and the refusals.
import type { Conversation } from '../conversation.ts';
import { configMap, pod } from '../objects.ts';
import type { Scenario } from '../scenario.ts';

const RBAC = 'rbac.authorization.k8s.io/v1';
const REVIEWS = '/apis/authorization.k8s.io/v1';

export const access: Scenario = {
  name: 'access',
  async run(api) {
    await roles(api);
    await refusals(api);
    await reviews(api);
    await tokens(api);
    await badRoles(api);
  },
};

async function roles(api: Conversation) {
  await api.create(api.in('serviceaccounts'), { metadata: { name: 'robot' } });
  await api.create(api.in('roles', RBAC), {
    metadata: { name: 'reader' },
    rules: [
      { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'watch'] },
      { apiGroups: [''], resources: ['secrets'], resourceNames: ['mine'], verbs: ['get', 'watch', 'list'] },
      { apiGroups: [''], resources: ['pods/status'], verbs: ['patch'] },
    ],
  });
  await api.create(api.in('rolebindings', RBAC), {
    metadata: { name: 'robot' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
    subjects: [
      { kind: 'ServiceAccount', name: 'robot', namespace: api.namespace },
      { kind: 'User', name: 'ann' },
    ],
  });
  await api.create(`/apis/${RBAC}/clusterroles`, {
    metadata: { name: 'contract-access:pods' },
    rules: [
      { apiGroups: ['', 'longshore.dev'], resources: ['pods', 'agents'], verbs: ['*'] },
      { nonResourceURLs: ['/metrics', '/logs/*'], verbs: ['get'] },
    ],
  });
  await api.create(`/apis/${RBAC}/clusterrolebindings`, {
    metadata: { name: 'contract-access:pods' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'contract-access:pods' },
    subjects: [{ kind: 'Group', name: 'crew' }],
  });
  await api.aside.create(api.in('configmaps'), configMap('a'));
  await api.aside.create(api.in('secrets'), { metadata: { name: 'mine' } });
  await api.aside.create(api.in('pods'), pod('p'));
  const ann = api.as('ann', ['system:authenticated']);
  await ann.aside.until(api.in('configmaps/a'), ({ status }) => status === 200);
}

async function refusals(api: Conversation) {
  const robot = `system:serviceaccount:${api.namespace}:robot`;
  for (const who of [api.as('ann'), api.as(robot, ['system:authenticated']), api.as(robot)]) {
    await who.get(api.in('configmaps/a'), { view: kindOf });
    await who.get(api.in('secrets/mine'), { view: kindOf });
    await who.get(`${api.in('secrets')}?fieldSelector=metadata.name%3Dmine`, { view: kindOf });
    await who.get(api.in('secrets'));
    await who.get(api.in('secrets/other'));
    await who.create(api.in('configmaps'), configMap('b'));
    await who.delete(api.in('configmaps/a'));
    await who.delete(api.in('configmaps'));
    await who.patch(api.in('pods/p/status'), 'strategic', { status: { message: 'm' } }, { view: kindOf });
    await who.patch(api.in('pods/p'), 'strategic', {});
    await who.get(api.in('pods/p/log'));
    await who.get('/api/v1/namespaces');
    await who.get(`/api/v1/namespaces/${api.namespace}`);
    await who.get('/api/v1/nodes/n');
    await who.get('/apis/coordination.k8s.io/v1/leases');
    await who.get('/apis/none.example.org/v1/things');
    await who.get('/metrics');
    await who.get('/openapi/v2', {
      view: (body) => (typeof body === 'object' ? body.kind : body.length > 0),
    });
    (await who.watch(`${api.in('secrets')}?watch=1`)).stop();
  }
  const crew = api.as('joe', ['crew', 'system:authenticated']);
  await crew.get(api.in('pods/p'), { view: kindOf });
  await crew.get('/logs/x');
  const admin = api.as('kubernetes-admin', ['system:masters']);
  await admin.get(api.in('secrets/mine'), { view: kindOf });
  await api.as('ann').as('joe').get(api.in('configmaps/a'), { view: kindOf });
  const nobody = api.anonymous();
  for (const path of [
    '/version',
    '/healthz',
    '/livez',
    '/readyz',
    '/api',
    '/apis',
    '/openapi/v2',
    api.in('pods'),
    '/metrics',
  ]) {
    await nobody.get(path, { view: (body) => (body?.kind === 'Status' ? body : 'something') });
  }
  await api
    .withToken('nonsense')
    .get('/version', { view: (body) => (body?.kind === 'Status' ? body : 'something') });
  await api.withToken('nonsense').get(api.in('pods'));
}

async function reviews(api: Conversation) {
  const attributes = (more: object) => ({
    namespace: api.namespace,
    verb: 'get',
    resource: 'configmaps',
    ...more,
  });
  const ask = (spec: object) =>
    api.create(`${REVIEWS}/subjectaccessreviews`, {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec,
    });
  await ask({ user: 'ann', resourceAttributes: attributes({}) });
  await ask({ user: 'ann', resourceAttributes: attributes({ verb: 'delete' }) });
  await ask({
    user: 'joe',
    groups: ['crew'],
    resourceAttributes: attributes({ resource: 'pods', subresource: 'log' }),
  });
  await ask({
    user: 'joe',
    groups: ['crew'],
    resourceAttributes: attributes({
      group: 'longshore.dev',
      resource: 'agents',
      verb: 'list',
      namespace: undefined,
    }),
  });
  await ask({ user: 'ann', resourceAttributes: attributes({ resource: 'secrets', name: 'mine' }) });
  await ask({
    user: 'ann',
    resourceAttributes: attributes({ resource: 'pods', subresource: 'status', verb: 'patch' }),
  });
  await ask({ user: 'joe', groups: ['crew'], nonResourceAttributes: { path: '/metrics', verb: 'get' } });
  await ask({
    user: 'x',
    groups: ['system:masters'],
    resourceAttributes: attributes({ verb: '*', resource: '*' }),
  });
  await ask({ resourceAttributes: attributes({}) });
  await ask({ user: 'ann' });
  await ask({
    user: 'ann',
    resourceAttributes: attributes({}),
    nonResourceAttributes: { path: '/', verb: 'get' },
  });
  await api.create(`/apis/authorization.k8s.io/v1/namespaces/${api.namespace}/localsubjectaccessreviews`, {
    spec: { user: 'ann', resourceAttributes: attributes({}) },
  });
  await api.create(`/apis/authorization.k8s.io/v1/namespaces/${api.namespace}/localsubjectaccessreviews`, {
    metadata: { namespace: api.namespace },
    spec: { user: 'ann', resourceAttributes: attributes({}) },
  });
  const ann = api.as('ann', ['system:authenticated']);
  await ann.create(`${REVIEWS}/selfsubjectaccessreviews`, { spec: { resourceAttributes: attributes({}) } });
  await ann.create(`${REVIEWS}/selfsubjectaccessreviews`, {
    spec: { resourceAttributes: attributes({ verb: 'create' }) },
  });
  await ann.create(`${REVIEWS}/selfsubjectaccessreviews`, { spec: {} });
  await ann.create(
    `${REVIEWS}/selfsubjectrulesreviews`,
    { spec: { namespace: api.namespace } },
    { view: sortedRules },
  );
  await ann.create(`${REVIEWS}/selfsubjectrulesreviews`, { spec: {} });
  await ann.create('/apis/authentication.k8s.io/v1/selfsubjectreviews', {});
  await api.create(
    '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    {},
    { view: ({ status }) => ({ groups: status.userInfo.groups, username: status.userInfo.username }) },
  );
  await ann.create(`${REVIEWS}/subjectaccessreviews`, {
    spec: { user: 'ann', resourceAttributes: attributes({}) },
  });
}

async function tokens(api: Conversation) {
  const made = await api.aside.create(api.in('serviceaccounts/robot/token'), {
    spec: { audiences: ['longshore'] },
  });
  const usual = await api.aside.create(api.in('serviceaccounts/robot/token'), { spec: {} });
  const pods = await api.aside.get(api.in('pods/p'));
  const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: pods.metadata.uid };
  const bound = await api.aside.create(api.in('serviceaccounts/default/token'), { spec: { boundObjectRef } });
  const review = (token: string, audiences?: string[]) =>
    api.create('/apis/authentication.k8s.io/v1/tokenreviews', {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      spec: { token, audiences },
    });
  await review(made.status.token, ['longshore', 'other']);
  await review(made.status.token, ['other']);
  await review(made.status.token);
  await review(usual.status.token);
  await review(bound.status.token);
  await review('nonsense');
  await review('');
  const robot = api.withToken(usual.status.token);
  await robot.get(api.in('configmaps/a'), { view: kindOf });
  await robot.get(api.in('secrets'));
  await api.withToken(made.status.token).get(api.in('configmaps/a'), { view: kindOf });
}

async function badRoles(api: Conversation) {
  const path = api.in('roles', RBAC);
  for (const rules of [
    [{ apiGroups: [''], resources: ['pods'] }],
    [{ apiGroups: [''], verbs: ['get'] }],
    [{ resources: ['pods'], verbs: ['get'] }],
    [{ nonResourceURLs: ['/x'], verbs: ['get'] }],
    undefined,
  ]) {
    await api.create(path, { metadata: { name: 'r' }, rules });
  }
  const bindings = api.in('rolebindings', RBAC);
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' };
  for (const body of [
    { roleRef: { ...roleRef, kind: 'Thing' } },
    { roleRef: { ...roleRef, name: '' } },
    { roleRef: { ...roleRef, apiGroup: 'x' } },
    { roleRef, subjects: [{ kind: 'Robot', name: 'x' }] },
    { roleRef, subjects: [{ kind: 'ServiceAccount', name: 'x' }] },
    { roleRef, subjects: [{ kind: 'User' }] },
    { roleRef, subjects: [{ kind: 'User', name: 'x', apiGroup: 'other' }] },
    { roleRef: { kind: 'Role', name: 'reader' }, subjects: [{ kind: 'Group', name: 'x' }] },
  ]) {
    await api.create(bindings, { metadata: { name: 'b' }, ...body });
  }
  await api.patch(`${bindings}/robot`, 'merge', { roleRef: { name: 'other' } });
  await api.delete(`${bindings}/robot`);
  await api.delete(`/apis/${RBAC}/clusterrolebindings/contract-access:pods`);
  await api.delete(`/apis/${RBAC}/clusterroles/contract-access:pods`);
}

function kindOf(body: { kind?: string }) {
  return body.kind === 'Status' ? body : body.kind;
}

/** Rules come in the order of bindings that others made too. */
function sortedRules(body: {
  status?: { resourceRules: { resources: string[] }[]; nonResourceRules: object };
}) {
  if (!body.status) return body;
  const own = body.status.resourceRules.filter(({ resources }) =>
    resources.some((name) => ['configmaps', 'secrets', 'pods/status'].includes(name)),
  );
  return { ...body, status: { resourceRules: own } };
}
