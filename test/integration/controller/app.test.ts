// The controller as a whole, in this process, against the built-in control plane over real sockets: no agents, no Docker.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Client, credentials } from '@grpc/grpc-js';
import { systemClock } from '../../../common/clock.ts';
import { createLog } from '../../../common/log.ts';
import { CONTROLLER_SERVER_NAME } from '../../../common/names.ts';
import type { Pod } from '../../../common/pod.ts';
import { type Controller, startController } from '../../../controller/app.ts';
import type { ControllerConfig } from '../../../controller/config.ts';
import { isStatus } from '../../../controller/kube/api-error.ts';
import { createKubeClient, type KubeClient } from '../../../controller/kube/client.ts';
import { readConfigMap } from '../../../controller/kube/config-map.ts';
import { EPOCH_ANNOTATION } from '../../../controller/kube/leader.ts';
import type { Lease } from '../../../controller/kube/lease.ts';
import type { ObservedNode } from '../../../controller/kube/node-follower.ts';
import { agentPath, corePath, leasePath, nodePath } from '../../../controller/kube/resource-path.ts';
import { requestToken } from '../../../controller/kube/token-request.ts';
import type { Agent } from '../../../controller/model/agent.ts';
import { loadWire } from '../../../proto/wire.ts';
import { applyDeployFiles } from '../../../sandbox/bootstrap.ts';
import { type ControlPlane, startBuiltinControlPlane } from '../../../sandbox/builtin/control-plane.ts';
import { controllerConfig } from '../../kit/controller-config.ts';
import { type CuttableProxy, startProxy } from '../../kit/cuttable-proxy.ts';
import { eventually } from '../../kit/eventually.ts';
import { createScraper } from '../../kit/scrape.ts';

const tools = { clock: systemClock, log: createLog({ name: 'test', level: 'silent' }) };
const NAMESPACE = 'longshore-system';
const NODE = 'longshore';

describe('the controller', () => {
  let folder: string;
  let plane: ControlPlane;
  let api: KubeClient;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'longshore-app-'));
    plane = await startBuiltinControlPlane({ dir: folder, ...tools });
    await applyDeployFiles(plane.kubeconfig);
    api = createKubeClient({ kubeconfigPath: plane.kubeconfig, ...tools });
  });
  after(async () => {
    await api[Symbol.asyncDispose]();
    await plane[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  const config = (overrides: Partial<ControllerConfig> = {}) => controllerConfig(plane.kubeconfig, overrides);
  const node = () => api.request<ObservedNode>({ method: 'GET', path: nodePath(NODE) });
  const lease = (namespace: string, name: string) =>
    api.request<Lease>({ method: 'GET', path: leasePath(namespace, name) });
  const nodeLease = () => lease('kube-node-lease', NODE);
  const epoch = async () => {
    const { metadata, spec } = await lease(NAMESPACE, 'longshore-controller');
    return spec?.holderIdentity ? Number(metadata.annotations?.[EPOCH_ANNOTATION]) : undefined;
  };
  const nodeEvents = async (name = NODE) => {
    const path = corePath({ namespace: 'default', resource: 'events' });
    type Events = { items: { reason: string; involvedObject: { kind: string; uid: string } }[] };
    const { items } = await api.request<Events>({ method: 'GET', path });
    return items.filter(({ involvedObject: { kind, uid } }) => kind === 'Node' && uid === name);
  };
  /** Whether agents are let in: standbys and a leader that has not listed the fleet say NOT_SERVING. */
  const serves = async ({ grpcPort }: Controller): Promise<boolean> => {
    const published = await readConfigMap(api, { namespace: NAMESPACE, name: 'longshore-controller' });
    const ca = Buffer.from(published?.['ca.crt'] ?? '');
    const client = new Client(`127.0.0.1:${grpcPort}`, credentials.createSsl(ca), {
      'grpc.ssl_target_name_override': CONTROLLER_SERVER_NAME,
    });
    const { Check: check } = loadWire().health;
    try {
      return await new Promise((resolve, reject) =>
        client.makeUnaryRequest<object, { status: string }>(
          check.path,
          (request) => check.requestSerialize(request),
          (bytes) => check.responseDeserialize(bytes) as { status: string },
          { service: 'longshore.v1.Session' },
          (error, answer) => (error ? reject(error) : resolve(answer?.status === 'SERVING')),
        ),
      );
    } finally {
      client.close();
    }
  };

  /** A way to the API server of its own, that can be cut. */
  async function ownNetwork(name: string): Promise<{ proxy: CuttableProxy; kubeconfig: string }> {
    const { hostname, port } = new URL(plane.url);
    const proxy = await startProxy({ host: hostname, port: Number(port) });
    const kubeconfig = join(folder, name);
    const text = readFileSync(plane.kubeconfig, 'utf8');
    writeFileSync(kubeconfig, text.replaceAll(plane.url, `https://127.0.0.1:${proxy.port}`));
    return { proxy, kubeconfig };
  }

  async function serviceAccountKubeconfig(): Promise<string> {
    const { token } = await requestToken(api, {
      namespace: NAMESPACE,
      serviceAccount: 'longshore-controller',
      audiences: [],
      expirationSeconds: 3600,
    });
    const ca = Buffer.from(plane.caCertificate).toString('base64');
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'c', cluster: { server: plane.url, 'certificate-authority-data': ca } }],
      users: [{ name: 'u', user: { token } }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    });
  }

  it('registers the node, not ready without agents, and comes back with its Lease when it is deleted', async () => {
    await using controller = await startController(config(), tools);
    const first = await eventually(node);
    const ready = first.status?.conditions?.find(({ type }) => type === 'Ready');
    assert.equal(ready?.status, 'False');
    assert.equal(ready?.message, 'no agent has joined yet');
    assert.equal(first.status?.daemonEndpoints?.kubeletEndpoint?.Port, controller.kubeletPort);
    assert.deepEqual(first.status?.allocatable, {
      cpu: '0',
      memory: '0',
      'ephemeral-storage': '0',
      pods: '0',
    });
    const ownerUid = async () => (await nodeLease()).metadata.ownerReferences?.[0]?.uid;
    await eventually(async () => (await ownerUid()) === first.metadata.uid);
    assert.deepEqual(
      await eventually(async () => {
        const reasons = (await nodeEvents()).map(({ reason }) => reason);
        return reasons.length >= 4 && reasons.toSorted();
      }),
      ['NodeHasNoDiskPressure', 'NodeHasSufficientMemory', 'NodeHasSufficientPID', 'Starting'],
    );
    await eventually(() => serves(controller));

    await api.request({ method: 'DELETE', path: nodePath(NODE) });
    const within = { timeoutMs: 10_000 };
    const uid = await eventually(async () => {
      const found = (await node()).metadata.uid;
      return found === first.metadata.uid ? undefined : found;
    }, within);
    await eventually(async () => (await ownerUid()) === uid, within);
  });

  it('writes next to nothing when nothing happens', async () => {
    await using controller = await startController(config(), tools);
    await eventually(() => serves(controller));
    await eventually(nodeLease);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    const before = plane.objects.storage.revision;
    const seconds = 12;
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    const writes = plane.objects.storage.revision - before;
    // The leader's Lease each second, the node's every ten.
    assert.ok(writes <= seconds + 3, `${writes} writes in ${seconds} s`);
  });

  it('leads alone, and hands over at once when it stops', async () => {
    await using first = await startController(config(), tools);
    await eventually(() => serves(first));
    const firstEpoch = (await epoch()) ?? 0;
    await using second = await startController(config(), tools);
    await new Promise((resolve) => setTimeout(resolve, 3000));
    assert.deepEqual([await serves(first), await serves(second)], [true, false]);
    assert.equal(await epoch(), firstEpoch);
    await first[Symbol.asyncDispose]();
    await eventually(() => serves(second), { timeoutMs: 5000 });
    assert.ok(((await epoch()) ?? 0) > firstEpoch);
  });

  it('is replaced within 15 s when it falls off the network, and stands by when it is back', async () => {
    const network = await ownNetwork('first');
    await using proxy = network.proxy;
    await using first = await startController(config({ kubeconfig: network.kubeconfig }), tools);
    await eventually(() => serves(first));
    await using second = await startController(config(), tools);
    const firstEpoch = (await epoch()) ?? 0;
    proxy.cut();
    await eventually(() => serves(second), { timeoutMs: 15_000, what: 'the takeover' });
    assert.equal(await serves(first), false, 'never two at once');
    const secondEpoch = (await epoch()) ?? 0;
    assert.ok(secondEpoch > firstEpoch);
    proxy.mend();
    await new Promise((resolve) => setTimeout(resolve, 2000));
    assert.deepEqual([await serves(first), await serves(second)], [false, true]);
    await second[Symbol.asyncDispose]();
    await eventually(() => serves(first), { timeoutMs: 15_000, what: 'the return' });
    assert.ok(((await epoch()) ?? 0) > secondEpoch);
  });

  it('survives an API server that is away, and does all its work again afterwards', async () => {
    const network = await ownNetwork('outage');
    await using proxy = network.proxy;
    await using controller = await startController(config({ kubeconfig: network.kubeconfig }), tools);
    let ended = false;
    void controller.done.finally(() => {
      ended = true;
    });
    await eventually(() => serves(controller));
    for (let outage = 0; outage < 2; outage++) {
      proxy.cut();
      await eventually(async () => !(await serves(controller)), {
        timeoutMs: 10_000,
        what: 'the end of the term',
      });
      await api.request({ method: 'DELETE', path: nodePath(NODE) });
      proxy.mend();
      await eventually(() => serves(controller), { timeoutMs: 20_000, what: 'the new term' });
      const { metadata } = await eventually(node, { timeoutMs: 10_000 });
      await eventually(async () => (await nodeLease()).metadata.ownerReferences?.[0]?.uid === metadata.uid, {
        timeoutMs: 10_000,
        what: 'the node Lease',
      });
    }
    assert.equal(ended, false);
  });

  it('does all of it with the rules of deploy/base and no others', async () => {
    const kubeconfig = join(folder, 'service-account');
    writeFileSync(kubeconfig, await serviceAccountKubeconfig());
    const nodeName = NODE;
    const complaints: string[] = [];
    const log = createLog({
      name: 'test',
      level: 'warn',
      stream: { write: (line) => void complaints.push(line) },
    });
    await using controller = await startController(config({ kubeconfig, nodeName }), { ...tools, log });
    await eventually(() => serves(controller));
    await eventually(() => api.request({ method: 'GET', path: nodePath(nodeName) }));
    await eventually(() => lease('kube-node-lease', nodeName));
    const named = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'waits', namespace: 'default' } };
    const spec = { nodeName, containers: [{ name: 'c', image: 'i' }] };
    const pods = '/api/v1/namespaces/default/pods';
    await api.request({ method: 'POST', path: pods, body: { ...named, spec } });
    const waits = () => api.request<Pod>({ method: 'GET', path: `${pods}/waits` });
    await eventually(async () =>
      (await waits()).status?.conditions?.some(
        ({ type, status }) => type === 'longshore.dev/Placed' && status === 'False',
      ),
    );
    await api.request({ method: 'DELETE', path: `${pods}/waits` });
    await eventually(() =>
      waits().then(
        () => false,
        (error) => isStatus(error, 404),
      ),
    );
    const reasons = async () => (await nodeEvents(nodeName)).map(({ reason }) => reason);
    await eventually(async () => (await reasons()).includes('Starting'));
    assert.deepEqual(complaints, []);
  });

  it('keeps a node for each agent with the rules of the component for it and no others', async () => {
    await applyDeployFiles(plane.kubeconfig, 'per-agent');
    const kubeconfig = join(folder, 'agent-nodes');
    writeFileSync(kubeconfig, await serviceAccountKubeconfig());
    const complaints: string[] = [];
    const log = createLog({
      name: 'test',
      level: 'warn',
      stream: { write: (line) => void complaints.push(line) },
    });
    // Heard of a moment ago, as far as its object says.
    const metadata = { name: 'pi', finalizers: ['longshore.dev/agent'] };
    const spec = { publicKeyHash: '0'.repeat(64), labels: { disk: 'ssd' } };
    const identity = { apiVersion: 'longshore.dev/v1alpha1', kind: 'Agent' };
    await api.request({ method: 'POST', path: agentPath(), body: { ...identity, metadata, spec } });
    const resources = { cpu: '4', memory: '1Gi', 'ephemeral-storage': '10Gi', pods: '10' };
    const ready = { type: 'Ready', status: 'True', reason: 'AgentConnected', message: '' };
    const lastTransitionTime = `${new Date().toISOString().slice(0, 19)}Z`;
    const status = {
      ...{ os: 'linux', arch: 'arm64', capacity: resources, allocatable: resources },
      conditions: [{ ...ready, lastTransitionTime }],
    };
    const contentType = 'application/merge-patch+json';
    await api.request({
      ...{ method: 'PATCH', path: agentPath('pi', 'status'), contentType, body: { status } },
    });
    // Of the same agent, from before the nodes had another name.
    const { metadata: owner } = await api.request<Agent>({ method: 'GET', path: agentPath('pi') });
    const former = {
      name: 'former-pi',
      labels: { 'longshore.dev/agent': 'pi' },
      annotations: { 'longshore.dev/carried-over': '{}' },
      ownerReferences: [{ apiVersion: identity.apiVersion, kind: 'Agent', name: 'pi', uid: owner.uid }],
    };
    const node = { apiVersion: 'v1', kind: 'Node', metadata: former };
    await api.request({ method: 'POST', path: nodePath(), body: node });
    const formerIs = (is: string) => {
      const conditions = [{ type: 'Ready', status: is, reason: 'x', message: '', lastTransitionTime }];
      const body = { status: { conditions } };
      return api.request({ method: 'PATCH', path: nodePath('former-pi', 'status'), contentType, body });
    };
    await formerIs('True');
    const perAgent = config({ kubeconfig, nodes: 'per-agent', nodeName: 'fleet' });
    await using controller = await startController(perAgent, { ...tools, log });
    await eventually(() => serves(controller));
    const isMissing = (name: string) =>
      api.request({ method: 'GET', path: nodePath(name) }).then(
        () => false,
        (error) => isStatus(error, 404),
      );
    const path = nodePath('fleet-pi');
    const read = () => api.request<ObservedNode>({ method: 'GET', path });
    const made = await eventually(read, { what: 'the node' });
    assert.equal(made.metadata.labels?.['disk'], 'ssd');
    assert.equal(made.status?.nodeInfo?.architecture, 'arm64');
    // As who goes back to one node finds those that nobody keeps any more.
    const query = { labelSelector: 'longshore.dev/agent' };
    const ofAgents = await api.request<{ items: ObservedNode[] }>({ method: 'GET', path: nodePath(), query });
    assert.deepEqual(ofAgents.items.map(({ metadata }) => metadata.name).sort(), ['fleet-pi', 'former-pi']);
    await formerIs('Unknown');
    await eventually(() => isMissing('former-pi'), { what: 'the node that nobody keeps to go' });
    await eventually(() => lease('kube-node-lease', 'fleet-pi'), { what: 'its Lease' });
    await api.request({ method: 'PATCH', path, contentType, body: { spec: { unschedulable: true } } });
    const agent = () => api.request<Agent>({ method: 'GET', path: agentPath('pi') });
    await eventually(async () => (await agent()).spec.unschedulable === true, {
      what: 'the Agent to follow',
    });
    await api.request({ method: 'DELETE', path: agentPath('pi') });
    await eventually(() => isMissing('fleet-pi'), { what: 'the node to go with its Agent' });
    assert.deepEqual(complaints, []);
  });

  it('tells its metrics to a scraper with the rights of the component for it, and nothing else', async () => {
    const get = await createScraper(plane.kubeconfig);
    await using controller = await startController(config(), tools);
    await using standby = await startController(config(), tools);
    await eventually(() => serves(controller));
    const { status, body } = await get(controller.kubeletPort, '/metrics');
    assert.equal(status, 200, body);
    for (const line of [
      /^longshore_leader 1$/m,
      /^longshore_leader_terms_total 1$/m,
      /^kubelet_node_name\{node="longshore"\} 1$/m,
      /^longshore_agents\{state="ready"\} 0$/m,
      /^longshore_api_requests_total\{verb="watch",resource="pods",code="200"\} 1$/m,
      /^longshore_api_requests_total\{verb="(create|patch|update)",resource="leases",code="20[01]"\} \d+$/m,
      /^workqueue_depth\{name="pods"\} 0$/m,
      /^kubelet_http_inflight_requests\{long_running="false",method="GET",path="metrics",server_type="readwrite"\} 1$/m,
      /^longshore_kubelet_reviews_total\{review="token",result="asked"\} 1$/m,
      /^longshore_certificate_expiration_timestamp_seconds\{certificate="ca"\} \d+$/m,
      /^process_resident_memory_bytes \d{8,}$/m,
      /^nodejs_eventloop_lag_p99_seconds [0-9.e-]+$/m,
    ]) {
      assert.match(body, line);
    }
    const waiting = await get(standby.kubeletPort, '/metrics');
    assert.match(waiting.body, /^longshore_leader 0$/m);
    assert.doesNotMatch(waiting.body, /^longshore_agents/m);
    assert.equal((await get(controller.kubeletPort, '/pods')).status, 403);
  });

  it('stops at once in the middle of its start, whatever the API server does', async () => {
    const mute = createServer(() => undefined).listen(0, '127.0.0.1');
    try {
      await new Promise((resolve) => mute.once('listening', resolve));
      const kubeconfig = join(folder, 'mute');
      const address = mute.address();
      const port = typeof address === 'object' ? address?.port : 0;
      const text = readFileSync(plane.kubeconfig, 'utf8');
      writeFileSync(kubeconfig, text.replaceAll(plane.url, `https://127.0.0.1:${port}`));
      const abort = new AbortController();
      const starting = startController(config({ kubeconfig }), tools, abort.signal);
      const startedMs = performance.now();
      setTimeout(() => abort.abort(), 300);
      await assert.rejects(starting, /cancelled/);
      assert.ok(performance.now() - startedMs < 3000);
    } finally {
      mute.close();
    }
  });

  it('says what to apply when its namespace is not there', async () => {
    await assert.rejects(
      startController(config({ namespace: 'nowhere' }), tools),
      /namespace nowhere does not exist: apply deploy\/base/,
    );
  });
});
