import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { systemClock } from '../../../../common/clock.ts';
import { errorCode } from '../../../../common/errors.ts';
import { createAccessReviewer } from '../../../../controller/kube/access-reviewer.ts';
import { createAgentStore } from '../../../../controller/kube/agents.ts';
import type { KubeClient } from '../../../../controller/kube/client.ts';
import { publishConfigMap, readConfigMap } from '../../../../controller/kube/config-map.ts';
import { createEventRecorder } from '../../../../controller/kube/events.ts';
import { openOperatorKube } from '../../../../controller/kube/operator-kube.ts';
import { agentPath, corePath } from '../../../../controller/kube/resource-path.ts';
import { createSecretStore } from '../../../../controller/kube/secrets.ts';
import { requestToken } from '../../../../controller/kube/token-request.ts';
import type { ControlPlane } from '../../../../sandbox/builtin/control-plane.ts';
import { eventually } from '../../../kit/eventually.ts';
import { during, NAMESPACE, onKubePlane, tools } from '../../../kit/kube-plane.ts';

let plane: ControlPlane;
let client: KubeClient;
onKubePlane((made) => {
  ({ plane, client } = made);
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
