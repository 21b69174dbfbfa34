import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { errorCode } from '../../../../common/errors.ts';
import type { Pod } from '../../../../common/pod.ts';
import { createKubeClient, type KubeClient } from '../../../../controller/kube/client.ts';
import { createPodWriter } from '../../../../controller/kube/pod-writer.ts';
import { createReflector } from '../../../../controller/kube/reflector.ts';
import { corePath, podPath } from '../../../../controller/kube/resource-path.ts';
import { type ControlPlane, startBuiltinControlPlane } from '../../../../sandbox/builtin/control-plane.ts';
import { eventually } from '../../../kit/eventually.ts';
import { during, onKubePlane, tools } from '../../../kit/kube-plane.ts';

const never = new AbortController().signal;

let plane: ControlPlane;
let client: KubeClient;
onKubePlane((made) => {
  ({ plane, client } = made);
});

const createPod = (name: string, spec: object = {}, metadata: object = {}): Promise<Pod> =>
  client.request<Pod>({
    method: 'POST',
    path: '/api/v1/namespaces/default/pods',
    body: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, ...metadata },
      spec: { nodeName: 'n', containers: [{ name: 'c', image: 'i' }], ...spec },
    },
  });
const getPod = (name: string) =>
  client.request<Pod>({ method: 'GET', path: podPath({ namespace: 'default', name }) });
const removePod = (name: string) =>
  client.request({
    method: 'DELETE',
    path: podPath({ namespace: 'default', name }),
    body: { gracePeriodSeconds: 0 },
  });

describe('with certificates, the client', () => {
  it('reads the version, and says what is wrong when the CA is another', async () => {
    const version = await client.request<{ major: string }>({ method: 'GET', path: '/version' });
    assert.equal(version.major, '1');
    const other = mkdtempSync(join(tmpdir(), 'kube-other-'));
    const stranger = await startBuiltinControlPlane({ dir: other, scheduler: false, ...tools });
    try {
      const text = readFileSync(plane.kubeconfig, 'utf8').replaceAll(plane.url, stranger.url);
      const kubeconfigPath = join(other, 'wrong');
      writeFileSync(kubeconfigPath, text);
      await using misled = createKubeClient({ kubeconfigPath, ...tools });
      await assert.rejects(
        misled.request({ method: 'GET', path: '/version' }),
        /certificate is not signed by the CA we were given .*check certificate-authority in the kubeconfig/,
      );
    } finally {
      await stranger[Symbol.asyncDispose]();
      rmSync(other, { recursive: true });
    }
  });
});

describe('the reflector', () => {
  it('follows the pods of one node: made, changed, deleted, made anew', async () => {
    const told: string[] = [];
    const name = (uid: string, pods: Pod[]) =>
      pods.find((pod) => pod.metadata.uid === uid)?.metadata.name ?? 'unknown';
    const seen: Pod[] = [];
    const reflector = createReflector<Pod>(
      {
        client,
        path: '/api/v1/pods',
        fieldSelector: 'spec.nodeName=n',
        observer: {
          changed: (pod) => {
            seen.push(pod);
            told.push(`${pod.metadata.name} ${pod.status?.phase}`);
          },
          vanished: (uid) => told.push(`-${name(uid, seen)}`),
          synced: () => told.push('synced'),
        },
      },
      tools,
    );
    await createPod('early');
    await during([reflector], async () => {
      await reflector.synced;
      const first = await createPod('late');
      await createPod('elsewhere', { nodeName: 'other' });
      await createPodWriter({ client, nodeName: 'n' }).patchStatus(
        { namespace: 'default', name: 'late' },
        { phase: 'Running' },
        { uid: first.metadata.uid },
        never,
      );
      await removePod('late');
      const second = await createPod('late');
      await eventually(() => reflector.get(second.metadata.uid));
      assert.deepEqual(told, [
        'early Pending',
        'synced',
        'late Pending',
        'late Running',
        // Deleted at once: without any grace for a moment, then gone.
        'late Running',
        '-late',
        'late Pending',
      ]);
      assert.equal(reflector.byName('late', 'default')?.metadata.uid, second.metadata.uid);
      assert.equal(reflector.get(first.metadata.uid), undefined);
    });
    for (const pod of ['early', 'late', 'elsewhere']) await removePod(pod);
  });

  it('lists more objects than a page holds', async () => {
    for (let number = 0; number < 520; number++) {
      await client.request({
        method: 'POST',
        path: corePath({ namespace: 'default', resource: 'configmaps' }),
        body: {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: `m${number}`, labels: { many: 'yes' } },
        },
      });
    }
    const reflector = createReflector(
      { client, path: '/api/v1/namespaces/default/configmaps', labelSelector: 'many=yes' },
      tools,
    );
    await during([reflector], async () => {
      await reflector.synced;
      assert.equal(reflector.list().length, 520);
    });
  });
});

describe('the pod writer', () => {
  const writer = () => createPodWriter({ client, nodeName: 'n' });

  it('merges a status by its UID and leaves the conditions of others', async () => {
    const pod = await createPod('merged');
    const ref = { namespace: 'default', name: 'merged' };
    const { uid } = pod.metadata;
    const theirs = { type: 'example.com/gate', status: 'True' };
    await writer().patchStatus(ref, { conditions: [theirs] }, { uid }, never);
    const result = await writer().patchStatus(
      ref,
      { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
      { uid },
      never,
    );
    assert.equal(result.kind, 'ok');
    const { status } = await getPod('merged');
    assert.equal(status?.phase, 'Running');
    assert.deepEqual(status?.conditions?.map(({ type }) => type).sort(), ['Ready', 'example.com/gate']);
    await removePod('merged');
  });

  it('writes a placement only onto the version it was decided on', async () => {
    const { metadata } = await createPod('placed');
    const ref = { namespace: 'default', name: 'placed' };
    const { uid, resourceVersion = '' } = metadata;
    const placed = {
      conditions: [{ type: 'longshore.dev/Placed', status: 'True', message: 'agent=a uid=u' }],
    };
    assert.equal((await writer().patchStatus(ref, placed, { uid, resourceVersion }, never)).kind, 'ok');
    assert.equal((await writer().patchStatus(ref, placed, { uid, resourceVersion }, never)).kind, 'conflict');
    await removePod('placed');
  });

  it('reaches no namesake: every write for a UID that is gone is `gone`', async () => {
    const first = await createPod('again');
    await removePod('again');
    const ref = { namespace: 'default', name: 'again' };
    const { uid } = first.metadata;
    const all = () =>
      Promise.all([
        writer().patchStatus(ref, { phase: 'Failed' }, { uid }, never),
        writer().annotate(ref, { 'longshore.dev/agent': 'a' }, { uid }, never),
        writer().finalDelete(ref, { uid }, never),
        writer().evict(ref, { preconditions: { uid } }, never),
      ]);
    assert.deepEqual(
      (await all()).map(({ kind }) => kind),
      ['gone', 'gone', 'gone', 'gone'],
    );
    await createPod('again');
    assert.deepEqual(
      (await all()).map(({ kind }) => kind),
      ['gone', 'gone', 'gone', 'gone'],
    );
    const untouched = await getPod('again');
    assert.equal(untouched.status?.phase, 'Pending');
    assert.equal(untouched.metadata.deletionTimestamp, undefined);
    assert.equal(untouched.metadata.annotations, undefined);
    await removePod('again');
  });

  it('annotates, and ends a terminating pod for good', async () => {
    const { metadata } = await createPod('ending');
    const ref = { namespace: 'default', name: 'ending' };
    const { uid } = metadata;
    const annotated = await writer().annotate(ref, { 'longshore.dev/agent': 'a' }, { uid }, never);
    assert.ok(annotated.kind === 'ok');
    assert.equal(annotated.pod.metadata.annotations?.['longshore.dev/agent'], 'a');
    await client.request({ method: 'DELETE', path: podPath(ref) });
    const terminating = await getPod('ending');
    assert.ok(terminating.metadata.deletionTimestamp);
    const stale = { uid, resourceVersion: metadata.resourceVersion ?? '' };
    assert.deepEqual(await writer().finalDelete(ref, stale, never), { kind: 'conflict' });
    assert.deepEqual(await writer().finalDelete(ref, { uid }, never), { kind: 'deleted' });
    assert.deepEqual(await writer().finalDelete(ref, { uid }, never), { kind: 'gone' });
  });

  it('evicts with a grace, unless a PodDisruptionBudget refuses, which it says', async () => {
    const app = 'guarded';
    const pod = await createPod(app, {}, { labels: { app } });
    const ref = { namespace: 'default', name: app };
    const preconditions = { uid: pod.metadata.uid };
    const isReady = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
    await writer().patchStatus(ref, isReady, preconditions, never);
    const budgets = '/apis/policy/v1/namespaces/default/poddisruptionbudgets';
    const spec = { minAvailable: 1, selector: { matchLabels: { app } } };
    const metadata = { name: app };
    const body = { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata, spec };
    await client.request({ method: 'POST', path: budgets, body });
    const refused = await writer().evict(ref, { preconditions, gracePeriodSeconds: 7 }, never);
    assert.ok(refused.kind === 'refused');
    assert.match(refused.why, /^Cannot evict pod as it would violate .* budget guarded needs 1 healthy pods/);
    assert.equal((await getPod(app)).metadata.deletionTimestamp, undefined);
    await client.request({ method: 'DELETE', path: `${budgets}/${app}` });
    assert.deepEqual(await writer().evict(ref, { preconditions, gracePeriodSeconds: 7 }, never), {
      kind: 'evicted',
    });
    const evicted = await getPod(app);
    assert.equal(evicted.metadata.deletionGracePeriodSeconds, 7);
    const why = evicted.status?.conditions?.find(({ type }) => type === 'DisruptionTarget')?.reason;
    assert.equal(why, 'EvictionByEvictionAPI');
    await removePod(app);
  });

  it('says what the server refuses', async () => {
    const { metadata } = await createPod('refused');
    const ref = { namespace: 'default', name: 'refused' };
    await assert.rejects(
      writer().annotate(ref, { 'not a key': 'x' }, { uid: metadata.uid }, never),
      (error) => errorCode(error) === 'invalid',
    );
    await removePod('refused');
  });
});
