// What a controller does because it runs in a Pod: the leader's label, the answers to probes, the address of its Service.
// Two in this process, each with a Pod object and a network of its own, against the built-in control plane.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { connect } from 'node:tls';
import { systemClock } from '../../../common/clock.ts';
import { createLog } from '../../../common/log.ts';
import { LEADER_LABEL } from '../../../common/names.ts';
import type { Pod } from '../../../common/pod.ts';
import { type Controller, startController } from '../../../controller/app.ts';
import { createKubeClient, type KubeClient } from '../../../controller/kube/client.ts';
import type { Lease } from '../../../controller/kube/lease.ts';
import type { ObservedNode } from '../../../controller/kube/node-follower.ts';
import { corePath, leasePath, nodePath, podPath } from '../../../controller/kube/resource-path.ts';
import { applyDeployFiles } from '../../../sandbox/bootstrap.ts';
import { type ControlPlane, startBuiltinControlPlane } from '../../../sandbox/builtin/control-plane.ts';
import { controllerConfig } from '../../kit/controller-config.ts';
import { type CuttableProxy, startProxy } from '../../kit/cuttable-proxy.ts';
import { eventually } from '../../kit/eventually.ts';

const tools = { clock: systemClock, log: createLog({ name: 'test', level: 'silent' }) };
const NAMESPACE = 'longshore-system';
const LOOPBACK = { host: '127.0.0.1', port: 0 };

describe('the controller in a Pod', () => {
  let folder: string;
  let plane: ControlPlane;
  let api: KubeClient;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'longshore-pod-'));
    plane = await startBuiltinControlPlane({ dir: folder, scheduler: false, ...tools });
    await applyDeployFiles(plane.kubeconfig);
    api = createKubeClient({ kubeconfigPath: plane.kubeconfig, ...tools });
  });
  after(async () => {
    await api[Symbol.asyncDispose]();
    await plane[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  const createPod = (name: string, labels: Record<string, string> = {}) =>
    api.request({
      method: 'POST',
      path: podPath({ namespace: NAMESPACE }),
      body: {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, labels },
        spec: { containers: [{ name: 'c', image: 'i' }] },
      },
    });
  const labelled = async () => {
    const query = { labelSelector: `${LEADER_LABEL}=true` };
    const path = podPath({ namespace: NAMESPACE });
    const { items } = await api.request<{ items: Pod[] }>({ method: 'GET', path, query });
    return items.map(({ metadata }) => metadata.name).sort();
  };
  const isLabelled = (...names: string[]) =>
    eventually(async () => JSON.stringify(await labelled()) === JSON.stringify(names), {
      timeoutMs: 20_000,
      what: `the leader label on [${names.join()}] and no other`,
    });
  const probe = async ({ healthPort }: Controller, path: string): Promise<string> => {
    const response = await fetch(`http://127.0.0.1:${healthPort}${path}`);
    return `${response.status} ${(await response.text()).trim()}`;
  };
  /** In the Pod of that name, with a way to the API server that can be cut. */
  const startIn = async (name: string): Promise<{ controller: Controller; network: CuttableProxy }> => {
    const { hostname, port } = new URL(plane.url);
    const network = await startProxy({ host: hostname, port: Number(port) });
    const kubeconfig = join(folder, name);
    const text = readFileSync(plane.kubeconfig, 'utf8');
    writeFileSync(kubeconfig, text.replaceAll(plane.url, `https://127.0.0.1:${network.port}`));
    const pod = { namespace: NAMESPACE, name };
    const config = controllerConfig(kubeconfig, { pod, healthListen: LOOPBACK });
    return { network, controller: await startController(config, tools) };
  };

  it('labels the leader’s Pod and no other, whoever led before and however it ended', async () => {
    await createPod('dead', { [LEADER_LABEL]: 'true' });
    for (const name of ['first', 'second']) await createPod(name);
    const first = await startIn('first');
    await using _firstNetwork = first.network;
    await using _first = first.controller;
    await isLabelled('first');
    const second = await startIn('second');
    await using _secondNetwork = second.network;
    await using _second = second.controller;
    await eventually(async () => (await probe(second.controller, '/readyz')) === '200 ok', {
      what: 'a standby that is ready',
    });
    assert.equal(await probe(first.controller, '/readyz'), '200 ok');
    assert.deepEqual(await labelled(), ['first']);

    first.network.cut();
    await isLabelled('second');
    assert.match(await probe(first.controller, '/readyz'), /^503 cannot take part in the election/);
    assert.equal(await probe(first.controller, '/livez'), '200 ok');
    // Somebody's hand, or a write of the first that was on its way: the label goes back where it belongs.
    await api.request({
      method: 'PATCH',
      path: podPath({ namespace: NAMESPACE, name: 'first' }),
      contentType: 'application/merge-patch+json',
      body: { metadata: { labels: { [LEADER_LABEL]: 'true' } } },
    });
    await isLabelled('second');

    first.network.mend();
    await eventually(async () => (await probe(first.controller, '/readyz')) === '200 ok', {
      timeoutMs: 10_000,
    });
    assert.deepEqual(await labelled(), ['second']);
    await second.controller[Symbol.asyncDispose]();
    await isLabelled('first');
  });

  it('takes the label off its own Pod while it stands by, even when nobody leads', async () => {
    const lease = leasePath(NAMESPACE, 'longshore-controller');
    const current = await api.request<Lease>({ method: 'GET', path: lease });
    const spec = { ...current.spec, holderIdentity: 'somebody that died', leaseDurationSeconds: 60 };
    await api.request({ method: 'PUT', path: lease, body: { ...current, spec } });
    await createPod('was-leader', { [LEADER_LABEL]: 'true' });
    const { controller, network } = await startIn('was-leader');
    await using _network = network;
    await using _controller = controller;
    await eventually(async () => !(await labelled()).includes('was-leader'));
    await api.request({ method: 'DELETE', path: lease });
  });

  it('answers probes and nothing else on its health port', async () => {
    await createPod('probed');
    const { controller, network } = await startIn('probed');
    await using _network = network;
    await using _controller = controller;
    assert.equal(await probe(controller, '/livez'), '200 ok');
    assert.equal(await probe(controller, '/'), '404 not here');
    assert.equal(await probe(controller, '/readyz/../metrics'), '404 not here');
    const posted = await fetch(`http://127.0.0.1:${controller.healthPort}/livez`, { method: 'POST' });
    assert.equal(posted.status, 405);
  });

  it('shows its Service’s ClusterIP as the node’s address, and has it in its certificate', async () => {
    const nodeAddress = { kind: 'service', name: 'longshore-kubelet' } as const;
    const config = controllerConfig(plane.kubeconfig, { nodeAddress, nodeName: 'behind-a-service' });
    await assert.rejects(
      startController(config, tools),
      /no Service longshore-system\/longshore-kubelet: apply deploy\/base/,
    );
    const { spec } = await api.request<{ spec: { clusterIP: string } }>({
      method: 'POST',
      path: corePath({ namespace: NAMESPACE, resource: 'services' }),
      body: {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'longshore-kubelet' },
        spec: { ports: [{ name: 'https', port: 10250, targetPort: 'kubelet' }] },
      },
    });
    await using controller = await startController(config, tools);
    const node = await eventually(() =>
      api.request<ObservedNode>({ method: 'GET', path: nodePath('behind-a-service') }),
    );
    assert.deepEqual(node.status?.addresses?.[0], { type: 'InternalIP', address: spec.clusterIP });
    assert.equal(node.status?.daemonEndpoints?.kubeletEndpoint?.Port, 10250);
    const names = await new Promise<string>((resolve, reject) => {
      const options = { host: '127.0.0.1', port: controller.kubeletPort, rejectUnauthorized: false };
      const socket = connect(options, () => {
        resolve(socket.getPeerCertificate().subjectaltname ?? '');
        socket.destroy();
      }).once('error', reject);
    });
    assert.ok(names.includes(`IP Address:${spec.clusterIP}`), names);
  });
});
