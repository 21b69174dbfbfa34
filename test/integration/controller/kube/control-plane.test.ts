import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { systemClock } from '../../../../common/clock.ts';
import { errorCode } from '../../../../common/errors.ts';
import { createLog } from '../../../../common/log.ts';
import type { Pod } from '../../../../common/pod.ts';
import { createAccessReviewer } from '../../../../controller/kube/access-reviewer.ts';
import { createAgentStore } from '../../../../controller/kube/agents.ts';
import { createKubeClient, type KubeClient } from '../../../../controller/kube/client.ts';
import { publishConfigMap, readConfigMap } from '../../../../controller/kube/config-map.ts';
import { createEventRecorder } from '../../../../controller/kube/events.ts';
import { createLeaderElector } from '../../../../controller/kube/leader.ts';
import type { Lease } from '../../../../controller/kube/lease.ts';
import {
  createNodeFollower,
  type ObservedNode,
  oneNodeSelector,
} from '../../../../controller/kube/node-follower.ts';
import { createNodeLease } from '../../../../controller/kube/node-lease.ts';
import { createNodeWriter } from '../../../../controller/kube/node-writer.ts';
import { openOperatorKube } from '../../../../controller/kube/operator-kube.ts';
import { createPodWriter } from '../../../../controller/kube/pod-writer.ts';
import { createReflector } from '../../../../controller/kube/reflector.ts';
import {
  agentPath,
  corePath,
  leasePath,
  nodePath,
  podPath,
} from '../../../../controller/kube/resource-path.ts';
import { createSecretStore } from '../../../../controller/kube/secrets.ts';
import { requestToken } from '../../../../controller/kube/token-request.ts';
import { type ControlPlane, startBuiltinControlPlane } from '../../../../sandbox/builtin/control-plane.ts';
import { eventually } from '../../../kit/eventually.ts';

const log = createLog({ name: 'test', level: 'silent' });
const tools = { clock: systemClock, log };
const NAMESPACE = 'longshore-system';
const never = new AbortController().signal;

let folder: string;
let plane: ControlPlane;
let client: KubeClient;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kube-'));
  plane = await startBuiltinControlPlane({ dir: folder, scheduler: false, ...tools });
  client = createKubeClient({ kubeconfigPath: plane.kubeconfig, ...tools });
  await client.request({
    method: 'POST',
    path: '/api/v1/namespaces',
    body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
  });
});

after(async () => {
  await client[Symbol.asyncDispose]();
  await plane[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

/** Runs loops for as long as `act` does. */
async function during(
  loops: readonly { run(signal: AbortSignal): Promise<void> }[],
  act: () => Promise<void>,
): Promise<void> {
  const abort = new AbortController();
  const running = Promise.all(loops.map((loop) => loop.run(abort.signal)));
  try {
    await act();
  } finally {
    abort.abort();
    await running;
  }
}

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

describe('the node', () => {
  const config = {
    name: 'longshore',
    labels: { 'topology.kubernetes.io/zone': 'z' },
    internalIPs: ['127.0.0.1'],
    kubeletPort: 10250,
    kubeletVersion: 'v1.34.0',
    architecture: 'amd64',
  };
  const fleet = {
    agentsTotal: 1,
    agentsReady: 1,
    presence: ['agent.longshore.dev/a1'],
    capacity: { cpu: '2', memory: '1Gi' },
    allocatable: { cpu: '2', memory: '1Gi' },
    engineVersion: '20.10',
  };
  const readNode = () => client.request<ObservedNode>({ method: 'GET', path: nodePath('longshore') });
  const readLease = () =>
    client.request<Lease>({ method: 'GET', path: leasePath('kube-node-lease', 'longshore') });

  it('is registered, follows the fleet, keeps what others wrote, and comes back with its Lease when deleted', async () => {
    let shown = fleet;
    const nodes = createNodeFollower({ client, select: oneNodeSelector('longshore') }, tools);
    const writer = createNodeWriter(
      {
        ...{ client, name: 'longshore', nodes, config: () => config, source: { fleet: () => shown } },
        events: { record: async () => undefined },
        uidChanged: () => lease.nodeChanged(),
      },
      tools,
    );
    const lease = createNodeLease(
      { client, nodeName: 'longshore', nodeUid: () => writer.node?.metadata.uid, healthy: () => true },
      tools,
    );
    await during([nodes, writer, lease], async () => {
      await writer.registered;
      const first = await readNode();
      assert.equal(first.metadata.labels?.['agent.longshore.dev/a1'], 'true');
      assert.equal(first.status?.conditions?.at(-1)?.type, 'Ready');
      assert.equal(first.spec?.taints?.[0]?.key, 'virtual-kubelet.io/provider');
      assert.equal((await eventually(readLease)).metadata.ownerReferences?.[0]?.uid, first.metadata.uid);

      await client.request({
        method: 'PATCH',
        path: nodePath('longshore'),
        contentType: 'application/merge-patch+json',
        body: { metadata: { labels: { theirs: 'kept' } }, spec: { taints: null, unschedulable: true } },
      });
      shown = { ...fleet, agentsReady: 0, presence: [] };
      writer.changed();
      const second = await eventually(async () => {
        const node = await readNode();
        const ready = node.status?.conditions?.find(({ type }) => type === 'Ready');
        return ready?.status === 'False' ? node : undefined;
      });
      assert.equal(second.metadata.labels?.['theirs'], 'kept');
      assert.equal(second.metadata.labels?.['agent.longshore.dev/a1'], undefined);
      assert.equal(second.spec?.unschedulable, true);
      assert.deepEqual(
        (second.spec?.taints ?? []).filter(({ key }) => key === 'virtual-kubelet.io/provider'),
        [],
      );

      await client.request({ method: 'DELETE', path: nodePath('longshore') });
      const third = await eventually(readNode, { timeoutMs: 10_000 });
      assert.notEqual(third.metadata.uid, first.metadata.uid);
      await eventually(
        async () => (await readLease()).metadata.ownerReferences?.[0]?.uid === third.metadata.uid,
        {
          timeoutMs: 15_000,
        },
      );
    });
  });
});

describe('the leader', () => {
  it('holds the Lease until it gives it back, and the next has a higher epoch', async () => {
    const elector = (identity: string) =>
      createLeaderElector({ client, namespace: NAMESPACE, name: 'longshore-n', identity }, tools);
    const first = await elector('a').acquire(never);
    const waiting = elector('b').acquire(never);
    const renewals = async () =>
      (await client.request<Lease>({ method: 'GET', path: leasePath(NAMESPACE, 'longshore-n') })).spec
        ?.renewTime;
    const acquired = await renewals();
    await eventually(async () => (await renewals()) !== acquired);
    assert.ok(first.isHeld());
    await first[Symbol.asyncDispose]();
    await using second = await waiting;
    assert.ok(second.epoch > first.epoch);
    assert.ok(!first.isHeld() && second.isHeld());
  });
});

describe('agents', () => {
  it('are unknown until the definition is applied, then made, written and followed', async () => {
    const store = createAgentStore({ client }, tools);
    await during([store], async () => {
      const agent = { name: 'pi', labels: { zone: 'garage' }, publicKeyHash: 'a'.repeat(64) };
      await assert.rejects(store.create(agent), /apply deploy\/base\/crd\.yaml/);
      await eventually(() => store.trouble);
      const text = readFileSync(join(import.meta.dirname, '../../../../deploy/base/crd.yaml'), 'utf8');
      for (const document of parseAllDocuments(text)) {
        await client.request({
          method: 'POST',
          path: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
          body: document.toJS(),
        });
      }
      await store.synced;
      assert.equal(store.trouble, undefined);
      const made = await eventually(() => store.create(agent));
      assert.equal(store.get('pi')?.metadata.uid, made.metadata.uid);
      store.publishStatus(made.metadata, {
        hostname: 'pi.lan',
        conditions: [
          {
            type: 'Ready',
            status: 'True',
            reason: 'Connected',
            message: '',
            lastTransitionTime: '2026-01-01T00:00:00Z',
          },
        ],
      });
      await eventually(() => store.get('pi')?.status?.hostname === 'pi.lan');
      const shown = await eventually(() => store.list().find(({ status }) => status?.hostname === 'pi.lan'));
      assert.deepEqual(shown.spec, { labels: { zone: 'garage' }, publicKeyHash: 'a'.repeat(64) });

      await assert.rejects(
        store.create({ ...agent, name: 'bad', publicKeyHash: 'short' }),
        (error) => errorCode(error) === 'invalid',
      );
      await client.request({ method: 'DELETE', path: agentPath('pi') });
      const leaving = await eventually(() => {
        const held = store.get('pi');
        return held?.metadata.deletionTimestamp ? held : undefined;
      });
      await store.release(leaving);
      await eventually(() => store.get('pi') === undefined);
    });
  });
});

describe('events', () => {
  it('are recorded and counted', async () => {
    const recorder = createEventRecorder({ client, nodeOf: () => 'longshore' }, tools);
    await during([recorder], async () => {
      for (let times = 0; times < 3; times++) {
        await recorder.record({
          about: { kind: 'Pod', namespace: 'default', name: 'web', uid: 'U' },
          type: 'Warning',
          reason: 'BackOff',
          message: 'Back-off restarting failed container',
        });
      }
      await recorder.record({
        about: { kind: 'Node', name: 'longshore', uid: 'x' },
        type: 'Normal',
        reason: 'NodeReady',
        message: 'Node longshore status is now: NodeReady',
      });
    });
    const { items } = await client.request<{
      items: { count: number; involvedObject: { name: string; uid: string }; source: object }[];
    }>({ method: 'GET', path: '/api/v1/events' });
    const about = (name: string) => items.filter((event) => event.involvedObject.name === name);
    assert.deepEqual(
      about('web').map(({ count }) => count),
      [3],
    );
    assert.equal(about('longshore').at(-1)?.involvedObject.uid, 'longshore');
    assert.deepEqual(about('web')[0]?.source, { component: 'kubelet', host: 'longshore' });
  });
});

describe('our own Secrets and ConfigMap', () => {
  it('are made, read, listed, replaced by version and deleted', async () => {
    const store = createSecretStore(client, NAMESPACE);
    assert.equal(await store.get('longshore-token-x'), undefined);
    const secret = {
      name: 'longshore-token-x',
      labels: { 'longshore.dev/join-token': 'x' },
      data: { hash: 'ä\n' },
    };
    const made = await store.create(secret);
    await assert.rejects(store.create(secret), (error) => errorCode(error) === 'already-exists');
    assert.deepEqual(await store.get('longshore-token-x'), made);
    assert.equal(made.data['hash'], 'ä\n');
    assert.equal((await store.list('longshore.dev/join-token')).length, 1);
    assert.equal((await store.list('longshore.dev/other')).length, 0);
    const used = await store.update({ ...made, data: { hash: 'h', used: 'yes' } });
    assert.deepEqual(used.data, { hash: 'h', used: 'yes' });
    await assert.rejects(store.update(made), (error) => errorCode(error) === 'conflict');
    await assert.rejects(
      store.delete(made.name, made.resourceVersion),
      (error) => errorCode(error) === 'conflict',
    );
    await store.delete(used.name, used.resourceVersion);
    await store.delete(used.name, used.resourceVersion);
  });

  it('the ConfigMap is published, and written again only when something differs', async () => {
    const wanted = { namespace: NAMESPACE, name: 'longshore-controller', data: { address: 'h:7443' } };
    assert.equal(await readConfigMap(client, wanted), undefined);
    await publishConfigMap(client, wanted);
    const path = corePath({ namespace: NAMESPACE, resource: 'configmaps', name: wanted.name });
    const version = async () =>
      (await client.request<{ metadata: { resourceVersion: string } }>({ method: 'GET', path })).metadata
        .resourceVersion;
    const first = await version();
    await publishConfigMap(client, wanted);
    assert.equal(await version(), first);
    await publishConfigMap(client, { ...wanted, data: { address: 'other:7443' } });
    assert.deepEqual(await readConfigMap(client, wanted), { address: 'other:7443' });
    await assert.rejects(publishConfigMap(client, { ...wanted, namespace: 'absent' }), /apply deploy\/base/);
  });
});

describe('callers', () => {
  it('are known by a token made for us and not by any other, and may what RBAC says', async () => {
    for (const document of parseAllDocuments(
      readFileSync(join(import.meta.dirname, '../../../../deploy/base/operator.yaml'), 'utf8'),
    )) {
      const { kind, ...object } = document.toJS() as {
        kind: string;
        apiVersion: string;
        metadata: { namespace?: string };
      };
      const group = object.apiVersion.includes('/') ? `/apis/${object.apiVersion}` : '/api/v1';
      const inside = object.metadata.namespace ? `/namespaces/${object.metadata.namespace}` : '';
      const path = `${group}${inside}/${kind.toLowerCase()}s`;
      await client.request({ method: 'POST', path, body: { kind, ...object } }).catch((error: unknown) => {
        if (errorCode(error) !== 'already-exists') throw error;
      });
    }
    const reviewer = createAccessReviewer(client);
    const ask = { namespace: NAMESPACE, serviceAccount: 'longshore-operator', expirationSeconds: 600 };
    const ours = await requestToken(client, { ...ask, audiences: ['longshore'] });
    assert.ok(Date.parse(ours.expirationTimestamp) > Date.now());
    const user = await reviewer.authenticate(ours.token, ['longshore']);
    assert.equal(user?.name, `system:serviceaccount:${NAMESPACE}:longshore-operator`);
    const other = await requestToken(client, { ...ask, audiences: ['somebody-else'] });
    assert.equal(await reviewer.authenticate(other.token, ['longshore']), undefined);
    assert.equal(await reviewer.authenticate('nonsense', ['longshore']), undefined);

    assert.ok(user);
    const agents = { group: 'longshore.dev', version: 'v1alpha1', resource: 'agents' };
    assert.equal((await reviewer.authorize(user, { ...agents, verb: 'list' })).allowed, true);
    assert.equal((await reviewer.authorize(user, { ...agents, verb: 'impersonate' })).allowed, false);
    await using operator = openOperatorKube({ kubeconfigPath: plane.kubeconfig, clock: systemClock });
    await assert.rejects(
      operator.requestToken({ ...ask, serviceAccount: 'nobody', audiences: ['longshore'] }),
      /no ServiceAccount longshore-system\/nobody: apply deploy\/base/,
    );
  });
});
