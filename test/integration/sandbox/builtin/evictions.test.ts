// Evictions over HTTP: what disruption budgets hold back, and preconditions, which come before any write.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Fixture, podManifest, startFixture } from './server-fixture.ts';

const PODS = '/api/v1/namespaces/default/pods';
const BUDGETS = '/apis/policy/v1/namespaces/default/poddisruptionbudgets';

let fixture: Fixture;

before(async () => {
  fixture = await startFixture({ scheduler: false });
});
after(() => fixture[Symbol.asyncDispose]());

/** A bound, running pod with the label `app`. */
async function runPod(name: string, { app = name, ready = 'True' } = {}): Promise<void> {
  const body = podManifest(name, { labels: { app }, spec: { nodeName: 'n1' } });
  assert.equal((await fixture.call('POST', PODS, { body })).code, 201);
  const status = { phase: 'Running', conditions: [{ type: 'Ready', status: ready }] };
  await fixture.call('PATCH', `${PODS}/${name}/status`, {
    body: { status },
    contentType: 'application/strategic-merge-patch+json',
  });
}

async function keepOne(app: string): Promise<void> {
  const spec = { minAvailable: 1, selector: { matchLabels: { app } } };
  const { code } = await fixture.call('POST', BUDGETS, { body: { metadata: { name: app }, spec } });
  assert.equal(code, 201);
}

function evict(name: string, preconditions: object = {}) {
  return fixture.call('POST', `${PODS}/${name}/eviction`, {
    body: {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name },
      deleteOptions: { preconditions },
    },
  });
}

const getPod = async (name: string) => (await fixture.call('GET', `${PODS}/${name}`)).body;

test('an eviction that a budget forbids is 429, and is done once it allows', async () => {
  await runPod('guarded');
  await keepOne('guarded');
  const refused = await evict('guarded');
  assert.equal(refused.code, 429);
  assert.equal(refused.body.details.causes[0].reason, 'DisruptionBudget');
  assert.equal((await getPod('guarded')).metadata.deletionTimestamp, undefined);
  await fixture.call('DELETE', `${BUDGETS}/guarded`);
  assert.equal((await evict('guarded')).code, 201);
  const pod = await getPod('guarded');
  assert.ok(pod.metadata.deletionTimestamp);
  const marks = pod.status.conditions.filter((c: { type: string }) => c.type === 'DisruptionTarget');
  assert.deepEqual(
    marks.map((mark: { status: string; reason: string }) => `${mark.status} ${mark.reason}`),
    ['True EvictionByEvictionAPI'],
  );
});

test('an eviction for another uid or version is 409 and leaves no mark; one for this version is done', async () => {
  await runPod('picked');
  const before = await getPod('picked');
  for (const wrong of [{ uid: 'another' }, { resourceVersion: '1' }]) {
    assert.equal((await evict('picked', wrong)).code, 409);
    assert.deepEqual(await getPod('picked'), before);
  }
  const { uid, resourceVersion } = before.metadata;
  assert.equal((await evict('picked', { uid, resourceVersion })).code, 201);
  assert.ok((await getPod('picked')).metadata.deletionTimestamp);
});

test('a pod that is not ready may be evicted when its budget is met without it', async () => {
  await runPod('well', { app: 'mixed' });
  await runPod('ill', { app: 'mixed', ready: 'False' });
  await keepOne('mixed');
  assert.equal((await evict('well')).code, 429);
  assert.equal((await evict('ill')).code, 201);
});
