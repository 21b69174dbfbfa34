import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually } from '../../../kit/eventually.ts';
import { type Fixture, podManifest, startFixture } from './server-fixture.ts';

const PODS = '/api/v1/namespaces/default/pods';
const STRATEGIC = 'application/strategic-merge-patch+json';
const MERGE = 'application/merge-patch+json';

let fixture: Fixture;

before(async () => {
  fixture = await startFixture({ scheduler: false });
});
after(() => fixture[Symbol.asyncDispose]());

async function createPod(name: string, more?: Parameters<typeof podManifest>[1]) {
  const { code, body } = await fixture.call('POST', PODS, { body: podManifest(name, more) });
  assert.equal(code, 201, JSON.stringify(body));
  return body;
}

function bind(name: string, node = 'n1') {
  const target = { apiVersion: 'v1', kind: 'Node', name: node };
  return fixture.call('POST', `${PODS}/${name}/binding`, {
    body: { apiVersion: 'v1', kind: 'Binding', metadata: { name }, target },
  });
}

test('a write with an old resourceVersion is a conflict', async () => {
  const pod = await createPod('conflict');
  const first = { ...pod, metadata: { ...pod.metadata, labels: { a: '1' } } };
  assert.equal((await fixture.call('PUT', `${PODS}/conflict`, { body: first })).code, 200);
  const { code, body } = await fixture.call('PUT', `${PODS}/conflict`, { body: first });
  assert.equal(code, 409);
  assert.equal(body.reason, 'Conflict');
  assert.match(body.message, /the object has been modified; please apply your changes to the latest version/);
});

test('status and spec are written apart', async () => {
  await createPod('apart');
  const both = {
    metadata: { labels: { seen: 'yes' } },
    spec: { activeDeadlineSeconds: 5 },
    status: { phase: 'Running' },
  };
  const viaStatus = await fixture.call('PATCH', `${PODS}/apart/status`, {
    body: both,
    contentType: STRATEGIC,
  });
  assert.equal(viaStatus.body.status.phase, 'Running');
  assert.equal(viaStatus.body.spec.activeDeadlineSeconds, undefined);
  assert.equal(viaStatus.body.metadata.labels.seen, 'yes');
  assert.equal(viaStatus.body.metadata.generation, 1);
  const changed = { spec: { activeDeadlineSeconds: 5 }, status: { phase: 'Failed' } };
  const viaMain = await fixture.call('PATCH', `${PODS}/apart`, { body: changed, contentType: MERGE });
  assert.equal(viaMain.body.status.phase, 'Running');
  assert.equal(viaMain.body.metadata.generation, 2);
});

test('a status patch for another uid is refused, and one that changes nothing writes nothing', async () => {
  const pod = await createPod('uid');
  const wrong = { metadata: { uid: 'other' }, status: { phase: 'Running' } };
  assert.equal(
    (await fixture.call('PATCH', `${PODS}/uid/status`, { body: wrong, contentType: STRATEGIC })).code,
    422,
  );
  const same = { metadata: { uid: pod.metadata.uid }, status: { phase: 'Pending' } };
  const { body } = await fixture.call('PATCH', `${PODS}/uid/status`, { body: same, contentType: STRATEGIC });
  assert.equal(body.metadata.resourceVersion, pod.metadata.resourceVersion);
});

test('a pod is bound once', async () => {
  await createPod('bound');
  assert.equal((await bind('bound')).code, 201);
  const { body: pod } = await fixture.call('GET', `${PODS}/bound`);
  assert.equal(pod.spec.nodeName, 'n1');
  assert.partialDeepStrictEqual(pod.status.conditions, [{ type: 'PodScheduled', status: 'True' }]);
  const again = await bind('bound', 'n2');
  assert.equal(again.code, 409);
  assert.match(again.body.message, /already assigned to node "n1"/);
});

test('a bound pod is deleted with grace, and finally by its node with grace 0 and its uid', async () => {
  const { metadata } = await createPod('graceful');
  await bind('graceful');
  const first = await fixture.call('DELETE', `${PODS}/graceful`, { body: { gracePeriodSeconds: 20 } });
  assert.equal(first.code, 200);
  assert.equal(first.body.metadata.deletionGracePeriodSeconds, 20);
  assert.equal(first.body.metadata.generation, 2);
  const shorter = await fixture.call('DELETE', `${PODS}/graceful?gracePeriodSeconds=5`);
  assert.equal(shorter.body.metadata.deletionGracePeriodSeconds, 5);
  assert.equal(
    Date.parse(first.body.metadata.deletionTimestamp) - Date.parse(shorter.body.metadata.deletionTimestamp),
    15_000,
  );
  const longer = await fixture.call('DELETE', `${PODS}/graceful?gracePeriodSeconds=60`);
  assert.equal(longer.body.metadata.deletionGracePeriodSeconds, 5);
  const wrong = { gracePeriodSeconds: 0, preconditions: { uid: 'other' } };
  assert.equal((await fixture.call('DELETE', `${PODS}/graceful`, { body: wrong })).code, 409);
  const final = { gracePeriodSeconds: 0, preconditions: { uid: metadata.uid } };
  assert.equal((await fixture.call('DELETE', `${PODS}/graceful`, { body: final })).code, 200);
  assert.equal((await fixture.call('GET', `${PODS}/graceful`)).code, 404);
});

test('a pod whose finalizer is taken off after its grace goes with that write', async () => {
  const manifest = podManifest('held');
  const metadata = { ...manifest.metadata, finalizers: ['example.com/hold'] };
  await fixture.call('POST', PODS, { body: { ...manifest, metadata } });
  const { body: held } = await fixture.call('DELETE', `${PODS}/held`);
  assert.ok(held.metadata.deletionTimestamp);
  const body = { metadata: { finalizers: null } };
  assert.equal((await fixture.call('PATCH', `${PODS}/held`, { body, contentType: MERGE })).code, 200);
  assert.equal((await fixture.call('GET', `${PODS}/held`)).code, 404);
});

test('a malformed pod is refused with each mistake named', async () => {
  const body = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'Bad_Name' },
    spec: { restartPolicy: 'Sometimes', containers: [{ name: 'a' }, { name: 'a', image: 'x' }] },
  };
  const { code, body: status } = await fixture.call('POST', PODS, { body });
  assert.equal(code, 422);
  assert.deepEqual(
    status.details.causes.map((cause: { field: string; reason: string }) => `${cause.field} ${cause.reason}`),
    [
      'metadata.name FieldValueInvalid',
      'spec.containers[0].image FieldValueRequired',
      'spec.containers[1].name FieldValueDuplicate',
      'spec.restartPolicy FieldValueNotSupported',
    ],
  );
});

test('broken JSON, a wrong kind and a body beyond the bound are refused', async () => {
  assert.equal((await fixture.call('POST', PODS, { body: '{"kind": ' })).code, 400);
  assert.equal((await fixture.call('POST', PODS, { body: { kind: 'Secret', apiVersion: 'v1' } })).code, 400);
  const huge = await fixture.call('POST', PODS, { body: JSON.stringify({ a: 'x'.repeat(3 * 1024 * 1024) }) });
  assert.equal(huge.code, 413);
});

test('kinds that are not served answer 404 like the real server', async () => {
  const unknown = await fixture.call('GET', '/api/v1/nonsense');
  assert.equal(unknown.code, 404);
  assert.equal(unknown.body.message, 'the server could not find the requested resource');
  for (const path of ['/apis/apps/v1/namespaces/default/deployments', '/nonsense']) {
    const { code, body } = await fixture.call('GET', path);
    assert.equal(code, 404);
    assert.equal(body, '404 page not found\n');
  }
});

test('lists come in pages', async () => {
  for (const index of [1, 2, 3]) await createPod(`page-${index}`, { labels: { set: 'pages' } });
  const query = 'labelSelector=set%3Dpages&limit=2';
  const first = await fixture.call('GET', `${PODS}?${query}`);
  const second = await fixture.call('GET', `${PODS}?${query}&continue=${first.body.metadata.continue}`);
  const names = [...first.body.items, ...second.body.items].map((pod) => pod.metadata.name);
  assert.deepEqual(names, ['page-1', 'page-2', 'page-3']);
  assert.equal(second.body.metadata.continue, undefined);
  assert.equal((await fixture.call('GET', `${PODS}?continue=junk`)).code, 400);
});

test('a dry run answers like a write and stores nothing', async () => {
  const { code, body } = await fixture.call('POST', `${PODS}?dryRun=All`, { body: podManifest('dry') });
  assert.equal(code, 201);
  assert.equal(body.spec.restartPolicy, 'Always');
  assert.equal((await fixture.call('GET', `${PODS}/dry`)).code, 404);
});

test('a ServiceAccount token is good for its audience, until its pod is gone', async () => {
  const pod = await createPod('token-holder');
  const { body: request } = await fixture.call(
    'POST',
    '/api/v1/namespaces/default/serviceaccounts/default/token',
    {
      body: {
        spec: {
          audiences: ['longshore'],
          expirationSeconds: 600,
          boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'token-holder', uid: pod.metadata.uid },
        },
      },
    },
  );
  const review = (audiences: string[]) =>
    fixture.call('POST', '/apis/authentication.k8s.io/v1/tokenreviews', {
      body: { spec: { token: request.status.token, audiences } },
    });
  const { body: good } = await review(['longshore']);
  assert.equal(good.status.authenticated, true);
  assert.equal(good.status.user.username, 'system:serviceaccount:default:default');
  assert.deepEqual(good.status.user.extra['authentication.kubernetes.io/pod-name'], ['token-holder']);
  assert.equal((await review(['other'])).body.status.authenticated, undefined);
  assert.equal((await fixture.call('GET', PODS, { token: request.status.token })).code, 401);
  await fixture.call('DELETE', `${PODS}/token-holder`);
  assert.equal((await review(['longshore'])).body.status.authenticated, undefined);
});

test('who has no binding is refused, and is let in by one', async () => {
  const { body } = await fixture.call('POST', '/api/v1/namespaces/default/serviceaccounts/default/token', {
    body: {},
  });
  const { token } = body.status;
  const denied = await fixture.call('GET', PODS, { token });
  assert.equal(denied.code, 403);
  assert.match(
    denied.body.message,
    /User "system:serviceaccount:default:default" cannot list resource "pods"/,
  );
  await fixture.call('POST', '/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings', {
    body: {
      metadata: { name: 'viewers' },
      roleRef: { kind: 'ClusterRole', name: 'view' },
      subjects: [{ kind: 'ServiceAccount', name: 'default' }],
    },
  });
  assert.equal((await fixture.call('GET', PODS, { token })).code, 200);
  assert.equal((await fixture.call('GET', '/api/v1/pods', { token })).code, 403);
  assert.equal((await fixture.call('GET', PODS, { token: 'junk' })).code, 401);
});

test('a deleted namespace takes its content along, waiting for its pods', async () => {
  await fixture.call('POST', '/api/v1/namespaces', { body: { metadata: { name: 'going' } } });
  const pods = '/api/v1/namespaces/going/pods';
  await fixture.call('POST', pods, { body: podManifest('last', { spec: { nodeName: 'n1' } }) });
  await fixture.call('DELETE', '/api/v1/namespaces/going');
  const terminating = await eventually(async () => {
    const { body } = await fixture.call('GET', `${pods}/last`);
    return body.metadata?.deletionTimestamp && body;
  });
  assert.equal((await fixture.call('GET', '/api/v1/namespaces/going')).body.status.phase, 'Terminating');
  assert.equal((await fixture.call('POST', pods, { body: podManifest('late') })).code, 403);
  const preconditions = { uid: terminating.metadata.uid };
  await fixture.call('DELETE', `${pods}/last`, { body: { gracePeriodSeconds: 0, preconditions } });
  await eventually(async () => (await fixture.call('GET', '/api/v1/namespaces/going')).code === 404);
});

test('objects go when their owner is gone', async () => {
  const { body: owner } = await fixture.call('POST', '/api/v1/namespaces/default/configmaps', {
    body: { metadata: { name: 'owner' } },
  });
  const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner.metadata.uid };
  await fixture.call('POST', '/api/v1/namespaces/default/configmaps', {
    body: { metadata: { name: 'owned', ownerReferences: [reference] } },
  });
  await fixture.call('DELETE', '/api/v1/namespaces/default/configmaps/owner');
  await eventually(async () => {
    const { code } = await fixture.call('GET', '/api/v1/namespaces/default/configmaps/owned');
    return code === 404;
  });
});

test('events are one kind with two faces', async () => {
  const involvedObject = { kind: 'Pod', namespace: 'default', name: 'x' };
  const event = {
    metadata: { name: 'x.1' },
    involvedObject,
    reason: 'Started',
    message: 'hello',
    type: 'Normal',
  };
  await fixture.call('POST', '/api/v1/namespaces/default/events', { body: event });
  const { body } = await fixture.call('GET', '/apis/events.k8s.io/v1/namespaces/default/events/x.1');
  assert.equal(body.apiVersion, 'events.k8s.io/v1');
  assert.equal(body.note, 'hello');
  assert.equal(body.regarding.name, 'x');
  assert.equal(body.message, undefined);
});
