import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { systemClock } from '../../../../common/clock.ts';
import { createLog } from '../../../../common/log.ts';
import { errorOfAnswer } from '../../../../controller/kube/api-error.ts';
import { createKubeClient, type KubeClient, type StreamRequest } from '../../../../controller/kube/client.ts';
import { createObjectSource } from '../../../../controller/kube/object-source.ts';
import { corePath } from '../../../../controller/kube/resource-path.ts';
import type { FollowedReference, ObjectState } from '../../../../controller/reconcile/object-source.ts';
import { type ControlPlane, startBuiltinControlPlane } from '../../../../sandbox/builtin/control-plane.ts';
import { eventually } from '../../../kit/eventually.ts';

const tools = { clock: systemClock, log: createLog({ name: 'test', level: 'silent' }) };
const namespace = 'default';
const configMap = (name: string): FollowedReference => ({ kind: 'configmaps', namespace, name });

let folder: string;
let plane: ControlPlane;
let client: KubeClient;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'object-source-'));
  plane = await startBuiltinControlPlane({ dir: folder, scheduler: false, ...tools });
  client = createKubeClient({ kubeconfigPath: plane.kubeconfig, ...tools });
});
after(async () => {
  await client[Symbol.asyncDispose]();
  await plane[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const put = async (
  resource: 'configmaps' | 'secrets' | 'persistentvolumeclaims',
  name: string,
  object: object,
  method: 'POST' | 'PUT' = 'POST',
) =>
  client.request({
    method,
    path: corePath({ namespace, resource, ...(method === 'PUT' ? { name } : {}) }),
    body: { ...object, metadata: { name, namespace } },
  });
const remove = (resource: 'configmaps' | 'secrets', name: string) =>
  client.request({ method: 'DELETE', path: corePath({ namespace, resource, name }) });

/** A source over the control plane; every watch begun goes through `onStream`. */
function startSource(options: { through?: KubeClient; apiServer?: { host: string; port: number } } = {}) {
  const streams: StreamRequest[] = [];
  const through = options.through ?? client;
  const counting: KubeClient = {
    ...through,
    request: (request) => through.request(request),
    stream: (request) => {
      streams.push(request);
      return through.stream(request);
    },
  };
  const source = createObjectSource({ client: counting, apiServer: options.apiServer }, tools);
  const stopping = new AbortController();
  const running = source.run(stopping.signal);
  const follow = (reference: FollowedReference) => {
    const told: ObjectState[] = [];
    const stop = new AbortController();
    source.follow(reference, (state) => told.push(state), stop.signal);
    return {
      told,
      stop: () => stop.abort(),
      kinds: () => told.map(({ kind }) => kind),
      json: () => told.map((state) => (state.kind === 'found' ? JSON.parse(state.json) : state.kind)),
    };
  };
  return {
    source,
    follow,
    watches: () =>
      streams
        .filter(({ signal }) => !signal.aborted)
        .map(({ path, query }) => `${path} ${query?.['fieldSelector'] ?? ''}`.trim()),
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await running;
    },
  };
}

describe('what a pod refers to, at the API server', () => {
  it('is followed by its name alone, through every change', async () => {
    await using source = startSource();
    const { told, json } = source.follow(configMap('paint'));
    await eventually(() => told.length === 1);
    await put('configmaps', 'paint', { data: { colour: 'green' }, binaryData: { b: 'Mg==' } });
    await eventually(() => told.length === 2);
    await put('configmaps', 'paint', { data: { colour: 'blue' } }, 'PUT');
    await eventually(() => told.length === 3);
    await remove('configmaps', 'paint');
    await eventually(() => told.length === 4);
    assert.deepEqual(json(), [
      'absent',
      { data: { colour: 'green' }, binaryData: { b: 'Mg==' } },
      { data: { colour: 'blue' } },
      'absent',
    ]);
    assert.deepEqual(
      source.watches().filter((watch) => !watch.startsWith('/api/v1/services')),
      ['/api/v1/namespaces/default/configmaps metadata.name=paint'],
    );
  });

  it('is a claim’s volume once it is bound, and is not asked for any more then', async () => {
    await using source = startSource();
    const { told, json } = source.follow({ kind: 'persistentvolumeclaims', namespace, name: 'disk' });
    await eventually(() => told.length === 1);
    const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
    await put('persistentvolumeclaims', 'disk', { spec: { ...claim, volumeName: 'pv-1' } });
    await eventually(() => told.length === 2);
    const path = corePath({ namespace, resource: 'persistentvolumeclaims', name: 'disk' });
    const { metadata } = await client.request<{ metadata: { uid: string } }>({ method: 'GET', path });
    const claimRef = { namespace, name: 'disk', uid: metadata.uid };
    const hostPath = { path: '/srv' };
    const capacity = { storage: '1Gi' };
    await client.request({
      method: 'POST',
      path: '/api/v1/persistentvolumes',
      body: {
        metadata: { name: 'pv-1' },
        spec: { ...claim, resources: undefined, capacity, claimRef, hostPath },
      },
    });
    await client.request({
      method: 'PATCH',
      path: `${path}/status`,
      contentType: 'application/merge-patch+json',
      body: { status: { phase: 'Bound' } },
    });
    await eventually(() => told.length === 3, { timeoutMs: 15_000 });
    const volume = { name: 'pv-1', isBlock: false, mountOptions: [] };
    assert.deepEqual(json(), [
      'absent',
      { kind: 'unusable', message: 'PVC is not bound' },
      { kind: 'bound', volume: { ...volume, source: { kind: 'hostPath', path: '/srv', type: '' } } },
    ]);
  });

  it('keeps its revision when only that changes which no pod sees', async () => {
    await using source = startSource();
    await put('configmaps', 'steady', { data: { a: '1' } });
    const { told } = source.follow(configMap('steady'));
    await eventually(() => told.length === 1);
    const path = corePath({ namespace, resource: 'configmaps', name: 'steady' });
    const contentType = 'application/merge-patch+json';
    const patch = (body: object) => client.request({ method: 'PATCH', path, contentType, body });
    await patch({ metadata: { annotations: { noted: 'now' } } });
    await patch({ data: { a: '2' } });
    await eventually(() => told.length === 2);
    assert.match(told[1]?.kind === 'found' ? told[1].json : '', /"a":"2"/);
  });

  it('is of another revision when it is made anew under its name', async () => {
    await using source = startSource();
    await put('secrets', 'anew', { type: 'Opaque', data: { a: 'MQ==' } });
    const { told } = source.follow({ kind: 'secrets', namespace, name: 'anew' });
    await eventually(() => told.length === 1);
    await remove('secrets', 'anew');
    await put('secrets', 'anew', { type: 'Opaque', data: { a: 'MQ==' } });
    await eventually(() => told.length === 3);
    assert.deepEqual(
      told.map(({ kind }) => kind),
      ['found', 'absent', 'found'],
    );
    const revisions = told.flatMap((state) => (state.kind === 'found' ? [state.revision] : []));
    assert.notEqual(revisions[0], revisions[1]);
  });

  it('is read once and not watched on when it never changes', async () => {
    await using source = startSource();
    await put('configmaps', 'fixed', { data: { a: '1' }, immutable: true });
    const { told } = source.follow(configMap('fixed'));
    await eventually(() => told.length === 1);
    await eventually(() => !source.watches().some((watch) => watch.endsWith('=fixed')));
  });

  it('is not followed when nobody refers to it any more', async () => {
    await using source = startSource();
    const { told, stop } = source.follow(configMap('left'));
    await eventually(() => told.length === 1 && source.watches().some((watch) => watch.endsWith('=left')));
    stop();
    await eventually(() => !source.watches().some((watch) => watch.endsWith('=left')));
  });

  it('is absent at once when no object can have its name', async () => {
    await using source = startSource();
    const { told } = source.follow(configMap('x,metadata.name!=x'));
    await eventually(() => told.length === 1);
    assert.deepEqual(told, [{ kind: 'absent' }]);
  });

  it('is unknown, with the reason, when the API server does not give it, and heals', async () => {
    let refused = true;
    const guarded: KubeClient = {
      ...client,
      request: async (request) => {
        if (refused && request.path.endsWith('/configmaps')) {
          const body = JSON.stringify({ message: 'configmaps "guarded" is forbidden', reason: 'Forbidden' });
          throw errorOfAnswer(`GET ${request.path}`, { statusCode: 403, body });
        }
        return client.request(request);
      },
    };
    await put('configmaps', 'guarded', { data: { a: '1' } });
    await using source = startSource({ through: guarded });
    const { told } = source.follow(configMap('guarded'));
    await eventually(() => told.length === 1);
    assert.match(told[0]?.kind === 'unknown' ? (told[0].reason ?? '') : '', /"guarded" is forbidden/);
    refused = false;
    await eventually(() => told.at(-1)?.kind === 'found', { timeoutMs: 10_000 });
  });

  it('is the variables of Services, from one watch for all namespaces', async () => {
    await using source = startSource({ apiServer: { host: '192.0.2.9', port: 6443 } });
    const shop = source.follow({ kind: 'services', namespace: 'shop' });
    const cluster = source.follow({ kind: 'services', namespace: undefined });
    await eventually(() => shop.told.length === 1 && cluster.told.length === 1);
    await client.request({
      method: 'POST',
      path: '/api/v1/namespaces',
      body: { metadata: { name: 'shop' } },
    });
    await client.request({
      method: 'POST',
      path: '/api/v1/namespaces/shop/services',
      body: { metadata: { name: 'front' }, spec: { ports: [{ port: 80 }] } },
    });
    await eventually(() => shop.told.length === 2);
    assert.equal(shop.json()[0]?.KUBERNETES_SERVICE_HOST, '192.0.2.9');
    assert.match(shop.json()[1]?.FRONT_SERVICE_HOST, /^10\.96\./);
    assert.equal(cluster.told.length, 1);
    assert.equal(source.watches().filter((watch) => watch.includes('services')).length, 1);
  });

  it('is no trust bundle where the API server has none of that kind', async () => {
    await using source = startSource();
    const { told } = source.follow({ kind: 'clustertrustbundles', bundles: { name: 'corp' } });
    await eventually(() => told.length === 1);
    assert.deepEqual(told, [{ kind: 'absent' }]);
  });

  it('is the trust anchors of the bundles that match, in whatever version they are served', async () => {
    const group = 'certificates.k8s.io';
    const names = {
      plural: 'clustertrustbundles',
      singular: 'clustertrustbundle',
      kind: 'ClusterTrustBundle',
    };
    const openAPIV3Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
    const version = { name: 'v1beta1', served: true, storage: true, schema: { openAPIV3Schema } };
    await client.request({
      method: 'POST',
      path: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
      body: {
        metadata: { name: `${names.plural}.${group}` },
        spec: { group, names, scope: 'Cluster', versions: [version] },
      },
    });
    const bundles = `/apis/${group}/v1beta1/${names.plural}`;
    const pem = '-----BEGIN CERTIFICATE-----\nYQ==\n-----END CERTIFICATE-----\n';
    const type = { apiVersion: `${group}/v1beta1`, kind: names.kind };
    const metadata = { name: 'corp', labels: { stage: 'live' } };
    const body = { ...type, metadata, spec: { trustBundle: pem } };
    await client.request({ method: 'POST', path: bundles, body });
    await using source = startSource();
    const byName = source.follow({ kind: 'clustertrustbundles', bundles: { name: 'corp' } });
    const matchLabels = { stage: 'live' };
    const byLabels = source.follow({
      kind: 'clustertrustbundles',
      bundles: { signerName: 'example.com/ca', labelSelector: { matchLabels } },
    });
    await eventually(() => byName.told.length === 1 && byLabels.told.length === 1);
    assert.deepEqual([byName.json(), byLabels.json()], [[pem], ['absent']]);
    const spec = { signerName: 'example.com/ca', trustBundle: pem };
    await client.request({
      method: 'POST',
      path: bundles,
      body: { ...type, metadata: { name: 'ca-1', labels: matchLabels }, spec },
    });
    await eventually(() => byLabels.told.length === 2);
    assert.deepEqual(byLabels.json(), ['absent', pem]);
    assert.equal(byName.told.length, 1);
    assert.equal(source.watches().filter((watch) => watch.includes(names.plural)).length, 1);
  });

  it('is a token that is bound to the pod', async () => {
    await using source = startSource();
    const { metadata } = await client.request<{ metadata: { uid: string } }>({
      method: 'POST',
      path: corePath({ namespace, resource: 'configmaps' }).replace('configmaps', 'pods'),
      body: { metadata: { name: 'bound' }, spec: { containers: [{ name: 'main', image: 'busybox' }] } },
    });
    const reference = {
      kind: 'tokens' as const,
      namespace,
      pod: { name: 'bound', uid: metadata.uid },
      serviceAccount: 'default',
      audience: 'vault',
      expirationSeconds: 1200,
    };
    const { signal } = new AbortController();
    const issued = await source.source.issueToken(reference, signal);
    const { token, expirationTimestamp, lifetimeSeconds } = issued;
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    assert.deepEqual(claims.aud, ['vault']);
    assert.deepEqual(claims['kubernetes.io'].pod, { name: 'bound', uid: metadata.uid });
    assert.equal(lifetimeSeconds, 1200);
    assert.ok(Math.abs(Date.parse(expirationTimestamp) - Date.now() - 1_200_000) < 60_000);
    await assert.rejects(
      source.source.issueToken({ ...reference, serviceAccount: 'nobody' }, signal),
      /serviceaccounts "nobody" not found/,
    );
  });
});
