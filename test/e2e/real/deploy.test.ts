// deploy/ as a user applies it, plain and with its components: the controller works with the rights it is given, and uses
// every one of them.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { LEADER_LABEL } from '../../../common/names.ts';
import type { Pod } from '../../../common/pod.ts';
import { ensureBusyboxImage } from '../../kit/busybox-image.ts';
import type { ControllerPod } from '../../kit/controller-pod.ts';
import {
  CONTROLLER_ACCOUNT,
  type DeployedCluster,
  startDeployedCluster,
} from '../../kit/deployed-cluster.ts';
import { eventually } from '../../kit/eventually.ts';
import { podManifest } from '../../kit/manifest.ts';
import { type AuditEvent, describeRight, parseRights, type Right, uses } from '../../kit/rights.ts';

const NAMESPACE = 'longshore-system';

interface Variant {
  readonly name: string;
  readonly components: readonly string[];
  readonly apiServerFlags?: (pki: string) => readonly string[];
  /** What an administrator approves by hand. */
  readonly approvals: readonly string[];
}

const NODE = 'system:node:longshore';
/** As clusters do that do not take a kubelet on trust. */
const checkKubelets = (pki: string) => [`--kubelet-certificate-authority=${pki}/ca.crt`];

const VARIANTS: readonly Variant[] = [
  { name: 'deploy/base', components: [], approvals: [] },
  {
    name: 'deploy/base with node-credential and cluster-serving-certificate',
    components: ['node-credential', 'cluster-serving-certificate'],
    apiServerFlags: checkKubelets,
    approvals: ['longshore-node-credential', 'longshore-kubelet-certificate'],
  },
  {
    name: 'deploy/base with cluster-serving-certificate and approve-serving-certificate',
    components: ['cluster-serving-certificate', 'approve-serving-certificate'],
    apiServerFlags: checkKubelets,
    approvals: [],
  },
];

for (const variant of VARIANTS) {
  describe(variant.name, () => core(variant));
}

describe('the node’s own credential', () => {
  let cluster: DeployedCluster;
  before(async () => {
    cluster = await startDeployedCluster({
      components: ['node-credential'],
      audited: [CONTROLLER_ACCOUNT, NODE],
      controllerManagerFlags: ['--cluster-signing-duration=30s'],
    });
  });
  after(() => cluster?.[Symbol.asyncDispose]());

  it('is renewed before it runs out, without anybody’s approval, and nothing is refused meanwhile', async () => {
    const controller = await cluster.startController(await nextPod(cluster));
    await approve(cluster, 'longshore-node-credential');
    const requests = async () => JSON.parse(await cluster.kubectl(['get', 'csr', '-o', 'json'])).items;
    const third = await eventually(
      async () => (await requests()).length >= 3 && (await requests()).every(isIssued) && (await requests()),
      { timeoutMs: 90_000, everyMs: 500, what: 'a third certificate' },
    );
    const bySelf = third.filter(({ spec }: { spec: { username: string } }) => spec.username === NODE);
    assert.equal(bySelf.length, third.length - 1, 'all but the first are asked for by the node');
    const failed = cluster
      .audit()
      .filter(({ responseStatus }) => [401, 403].includes(responseStatus?.code ?? 0));
    assert.deepEqual(failed, []);
    assert.ok(!controller.log().includes('no new certificate'));
  });
});

const nextPod = (cluster: DeployedCluster) =>
  eventually(async () => (await cluster.waitingPods())[0], { what: 'a Pod to run' });

/** What the administrator does: `name` is how the request's name begins. */
async function approve(cluster: DeployedCluster, name: string): Promise<void> {
  const request = await eventually(async () => {
    const names = await cluster.kubectl(['get', 'csr', '-o', 'name']);
    return names.split('\n').find((line) => line.includes(`/${name}-`));
  });
  await cluster.kubectl(['certificate', 'approve', request.split('/')[1] ?? '']);
}

function isIssued({ status }: { status?: { certificate?: string } }): boolean {
  return status?.certificate !== undefined;
}

function core({ components, apiServerFlags, approvals }: Variant): void {
  let cluster: DeployedCluster;
  let leader: ControllerPod;
  const kubectl = (...args: string[]) => cluster.kubectl(args);
  const apply = (manifest: string) => cluster.kubectl(['apply', '-f', '-'], manifest);

  before(async () => {
    await ensureBusyboxImage();
    const audited = [CONTROLLER_ACCOUNT, NODE];
    cluster = await startDeployedCluster({ components, audited, ...(apiServerFlags && { apiServerFlags }) });
  });
  after(() => cluster?.[Symbol.asyncDispose]());

  const podOf = async (name: string): Promise<Pod> =>
    JSON.parse(await kubectl('get', 'pod', name, '-o', 'json'));
  const leaders = async () => {
    const selector = `${LEADER_LABEL}=true`;
    const path = 'jsonpath={.items[*].metadata.name}';
    return await kubectl('get', 'pods', '-n', NAMESPACE, '-l', selector, '-o', path);
  };

  it('shows the node at the address of the Service, and a join token that expired long ago is gone', async () => {
    const record = {
      ...{ secretHash: '0'.repeat(64), expiresAtMs: 0, labels: {}, reusable: false, uses: [] },
    };
    await kubectl(
      ...['create', 'secret', 'generic', 'longshore-token-aaaaaaaa', '-n', NAMESPACE],
      `--from-literal=token.json=${JSON.stringify(record)}`,
    );
    await kubectl(
      'label',
      'secret',
      'longshore-token-aaaaaaaa',
      '-n',
      NAMESPACE,
      'longshore.dev/join-token=true',
    );
    leader = await cluster.startController(await nextPod(cluster));
    for (const name of approvals) await approve(cluster, name);
    const address = 'jsonpath={.status.addresses[?(@.type=="InternalIP")].address}';
    await eventually(async () => {
      return (await kubectl('get', 'node', 'longshore', '-o', address)) === cluster.kubeletAddress;
    });
    await eventually(async () => (await leaders()) === leader.name);
    await eventually(async () => {
      const { code } = await cluster.tryKubectl([
        'get',
        'secret',
        'longshore-token-aaaaaaaa',
        '-n',
        NAMESPACE,
      ]);
      return code !== 0;
    });
  });

  it('runs pods on an agent that joined through the Service, with their logs and events', async () => {
    await cluster.startAgent('agent-1');
    await kubectl('wait', 'node/longshore', '--for=condition=Ready', '--timeout=60s');
    await kubectl('create', 'configmap', 'settings', '--from-literal=colour=green');
    await kubectl('create', 'secret', 'generic', 'settings', '--from-literal=password=s3cret');
    const env = [
      { name: 'COLOUR', valueFrom: { configMapKeyRef: { name: 'settings', key: 'colour' } } },
      { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'settings', key: 'password' } } },
    ];
    const served = { main: 'echo "$COLOUR $PASSWORD"; exec sleep 1000' };
    await apply(podManifest({ name: 'web', agent: 'agent-1', containers: served, container: { env } }));
    await apply(podManifest({ name: 'crash', agent: 'agent-1', containers: { main: 'exit 3' } }));
    const bundle = { clusterTrustBundle: { name: 'anchors', path: 'ca.crt', optional: true } };
    const volumes = [
      { name: 'trust', projected: { sources: [bundle] } },
      { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
    ];
    await apply(JSON.stringify(boundClaim('data')));
    await apply(JSON.stringify(RUNTIME_CLASS));
    await apply(
      podManifest({
        name: 'trusts',
        agent: 'agent-1',
        containers: { main: 'exec sleep 1000' },
        container: { volumeMounts: volumes.map(({ name }) => ({ name, mountPath: `/${name}` })) },
        spec: { volumes, runtimeClassName: RUNTIME_CLASS.metadata.name },
      }),
    );
    await kubectl('wait', 'pod/web', 'pod/trusts', '--for=condition=Ready', '--timeout=60s');
    assert.equal((await podOf('web')).metadata.annotations?.['longshore.dev/agent'], 'agent-1');
    await eventually(async () => (await kubectl('logs', 'web')) === 'green s3cret\n');
    const { results } = JSON.parse((await cluster.longshore(['doctor', '-o', 'json'])).stdout);
    const amiss = results.filter(({ findings }: { findings: readonly { outcome: string }[] }) =>
      findings.some(({ outcome }) => outcome === 'fail' || outcome === 'warn'),
    );
    assert.deepEqual(amiss, [], 'the doctor finds nothing amiss');
    await eventually(
      async () => Number((await podOf('crash')).status?.containerStatuses?.[0]?.restartCount) > 0,
      {
        timeoutMs: 60_000,
        what: 'a restart',
      },
    );
    await eventually(() =>
      cluster
        .audit()
        .some(({ verb, objectRef }) => verb === 'watch' && objectRef?.resource === 'clustertrustbundles'),
    );
    await kubectl('delete', 'pod', 'crash', 'trusts', '--timeout=60s');
  });

  it('goes on with the other Pod when the leader is killed', async () => {
    await kubectl(
      ...['patch', 'configmap', 'longshore-controller', '-n', NAMESPACE],
      ...['--type=merge', '-p', '{"data":{"address":"nowhere.example:1"}}'],
    );
    const { containerStatuses: before } = (await podOf('web')).status ?? {};
    const standby = await cluster.startController(await nextPod(cluster));
    await kubectl('rollout', 'status', 'deployment/longshore-controller', '-n', NAMESPACE, '--timeout=30s');
    assert.equal(await leaders(), leader.name);
    await leader.kill();
    await eventually(async () => (await leaders()) === standby.name, {
      timeoutMs: 15_000,
      what: 'the takeover',
    });
    await eventually(async () => (await kubectl('logs', 'web')) === 'green s3cret\n', { timeoutMs: 30_000 });
    await eventually(
      async () =>
        (await kubectl(
          'get',
          'configmap',
          'longshore-controller',
          '-n',
          NAMESPACE,
          '-o',
          'jsonpath={.data.address}',
        )) === cluster.agentsAddress,
    );
    const after = (await podOf('web')).status?.containerStatuses;
    assert.deepEqual(after, before, 'a takeover restarts nothing');
    leader = standby;
  });

  it('lets an agent go, its pods evicted', async () => {
    const { stdout } = await cluster.longshore(['agents', 'remove', 'agent-1', '--yes']);
    assert.match(stdout, /agent\/agent-1 removed\n$/);
    assert.equal(await kubectl('get', 'pods', '-o', 'name'), '');
  });

  if (components.includes('node-credential')) {
    it('acts as the node: its ServiceAccount has no rights on nodes, pods and what pods refer to', async () => {
      const may = async (user: readonly string[], ...what: string[]) =>
        (await cluster.tryKubectl(['auth', 'can-i', ...what, ...user])).code === 0;
      const account = [`--as=${CONTROLLER_ACCOUNT}`];
      for (const resource of ['nodes', 'pods', 'secrets', 'configmaps', 'services'])
        assert.equal(await may(account, 'list', resource, '-n', 'default'), false, resource);
      for (const resource of ['nodes', 'pods'])
        assert.equal(await may(account, 'patch', resource, '--subresource=status'), false, resource);
      const node = [`--as=${NODE}`, '--as-group=system:nodes'];
      assert.equal(await may(node, 'list', 'secrets', '-n', 'default'), false, 'not even the node lists all');
      const byNode = cluster.audit().filter(({ user }) => user.username === NODE);
      for (const what of [
        'create nodes',
        'patch nodes/status',
        'patch pods/status',
        'delete pods',
        'create pods/eviction',
        'list secrets',
      ]) {
        const [verb = '', resource = ''] = what.split(' ');
        assert.ok(
          byNode.some((event) => uses(event, { verb, resource, name: '' })),
          what,
        );
      }
    });
  }

  it('grants what the controller needs: nothing was refused', () => {
    assert.deepEqual(
      refusedForGood(cluster.audit()).map(({ verb, requestURI }) => `${verb} ${requestURI}`),
      [],
    );
  });

  it('grants nothing else: what `kubectl auth can-i --list` shows has all been used', async () => {
    const events = cluster.audit().filter(({ user }) => user.username === CONTROLLER_ACCOUNT);
    assert.ok(events.length > 0);
    const unused = [];
    for (const namespace of ['default', NAMESPACE, 'kube-node-lease', 'kube-system']) {
      for (const right of await rightsIn(cluster, namespace)) {
        const counts = (event: AuditEvent) =>
          uses(event, right) && (!right.local || event.objectRef?.namespace === namespace);
        if (!events.some(counts)) unused.push(`${describeRight(right)} in ${namespace}`);
      }
    }
    assert.deepEqual(unused, []);
  });

  if (components.length === 0) {
    it('misses a right that is taken away, as the doctor says', async () => {
      const role = JSON.parse(await kubectl('get', 'clusterrole', 'longshore-controller', '-o', 'json'));
      const isKept = ({ apiGroups }: { readonly apiGroups: readonly string[] }) =>
        !apiGroups.includes('policy');
      await apply(JSON.stringify({ ...role, rules: role.rules.filter(isKept) }));
      const said = await eventually(
        async () => {
          const { code, stdout } = await cluster.longshore(['doctor']);
          return code === 1 ? stdout : undefined;
        },
        { what: 'the doctor to find it' },
      );
      assert.match(
        said,
        /FAIL the controller may not list poddisruptionbudgets\.policy, for preemption.*\n.*kubectl apply -f deploy\/base\/controller\.yaml/,
      );
    });
  }
}

/** Of the runtime that every Docker has. */
const RUNTIME_CLASS = {
  apiVersion: 'node.k8s.io/v1',
  kind: 'RuntimeClass',
  metadata: { name: 'plain' },
  handler: 'runc',
};

/** A claim and the volume that is meant for it. */
function boundClaim(name: string) {
  const both = { accessModes: ['ReadWriteOnce'], storageClassName: '' };
  const storage = '1Mi';
  const metadata = { name, namespace: 'default' };
  const claim = { ...both, volumeName: name, resources: { requests: { storage } } };
  const volume = { ...both, capacity: { storage }, hostPath: { path: '/tmp' }, claimRef: metadata };
  return {
    apiVersion: 'v1',
    kind: 'List',
    items: [
      { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata, spec: claim },
      { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name }, spec: volume },
    ],
  };
}

/**
 * The Node authorizer hears a moment late of what the node's pods refer to, and the controller tries again: what it let the
 * node do afterwards was not refused for good.
 */
function refusedForGood(events: readonly AuditEvent[]): AuditEvent[] {
  const what = ({ user, verb, objectRef = {} }: AuditEvent) => {
    const { resource, subresource, namespace, name } = objectRef;
    return JSON.stringify([user.username, verb, resource, subresource, namespace, name]);
  };
  const isByReference = ({ user, verb, objectRef }: AuditEvent) =>
    user.username === NODE &&
    objectRef?.name !== undefined &&
    (['get', 'list', 'watch'].includes(verb) || (verb === 'create' && objectRef.subresource === 'token'));
  const wasDone = ({ responseStatus }: AuditEvent) => (responseStatus?.code ?? 500) < 300;
  return events.filter((event, index) => {
    if (event.responseStatus?.code !== 403) return false;
    const isDoneLater = () =>
      events.slice(index + 1).some((later) => wasDone(later) && what(later) === what(event));
    return !(isByReference(event) && isDoneLater());
  });
}

/** What the controller may in a namespace and others may not; `local`: in this namespace, but not in every one. */
async function rightsIn(
  cluster: DeployedCluster,
  namespace: string,
): Promise<(Right & { readonly local: boolean })[]> {
  const list = async (user: string, where: string) =>
    parseRights(await cluster.kubectl(['auth', 'can-i', '--list', `--as=${user}`, '-n', where]));
  const keys = (rights: readonly Right[]) => new Set(rights.map(describeRight));
  const anybody = keys(await list(`system:serviceaccount:${NAMESPACE}:nobody`, namespace));
  const anywhere = keys(await list(CONTROLLER_ACCOUNT, 'kube-public'));
  return (await list(CONTROLLER_ACCOUNT, namespace))
    .filter((right) => !anybody.has(describeRight(right)))
    .map((right) => ({ ...right, local: !anywhere.has(describeRight(right)) }));
}
