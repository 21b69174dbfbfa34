// The controller away for longer than Kubernetes waits: the node turns Unknown, its pods are evicted unless they tolerate
// that, and nothing stops on the agents meanwhile. The control plane's own flags shorten its periods here; by
// `npm run test:outage` they are Kubernetes' own (50 s, then 300 s), and the controller is away for 60 s and for 10 min.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { systemClock } from '../../../common/clock.ts';
import type { Pod } from '../../../common/pod.ts';
import { ensureBusyboxImage } from '../../kit/busybox-image.ts';
import { eventually } from '../../kit/eventually.ts';
import { podManifest, podTemplate } from '../../kit/manifest.ts';
import { containersOfPod, startSandbox, type TestSandbox } from '../../kit/sandbox.ts';

const UNSHORTENED = process.env['LONGSHORE_TEST_PERIODS'] === 'kubernetes';

// A node's Lease is renewed every 10 s, so that less than that would lose a healthy node.
const SHORT_PERIODS = [
  'kube-controller-manager:--node-monitor-period=1s',
  'kube-controller-manager:--node-monitor-grace-period=16s',
  'kube-apiserver:--default-not-ready-toleration-seconds=8',
  'kube-apiserver:--default-unreachable-toleration-seconds=8',
];

const PATIENCE_MS = UNSHORTENED ? 700_000 : 90_000;

/** Pods for the virtual node outlast its silence, but for those that say otherwise. */
const KEEP_PODS = join(import.meta.dirname, '../../../deploy/components/keep-pods/policy.yaml');
const EVICT = { 'longshore.dev/on-disconnect': 'evict' };
/** Where all nodes are lost together Kubernetes takes the cause for its own and evicts nothing: here is one that is well. */
const BYSTANDER = 'bystander';

describe('while the controller is away', () => {
  let sandbox: TestSandbox;
  const kubectl = (...args: string[]) => sandbox.kubectl(args);
  const podsOf = async (app: string): Promise<Pod[]> =>
    JSON.parse(await kubectl('get', 'pods', '-l', `app=${app}`, '-o', 'json')).items;
  const only = async (app: string): Promise<Pod> => {
    const [pod, ...others] = await podsOf(app);
    if (!pod || others.length > 0) throw new Error(`${others.length + (pod ? 1 : 0)} pods of ${app}`);
    return pod;
  };
  const deploy = (app: string, annotations: Readonly<Record<string, string>>) =>
    sandbox.kubectl(
      ['apply', '-f', '-'],
      JSON.stringify({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: app },
        spec: {
          selector: { matchLabels: { app } },
          template: {
            metadata: { labels: { app }, annotations },
            spec: podTemplate({ containers: { main: 'exec sleep 10000' } }, {}).spec,
          },
        },
      }),
    );
  const nodeReady = async () => {
    const node = JSON.parse(await kubectl('get', 'node', 'longshore', '-o', 'json'));
    return node.status.conditions.find(({ type }: { type: string }) => type === 'Ready').status as string;
  };
  const isReady = (pod: Pod) =>
    pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
  /** Away until `look` holds, and for the whole time where the periods are Kubernetes' own. */
  const away = async (seconds: number, look: () => Promise<boolean>) => {
    const sinceMs = performance.now();
    await sandbox.kill('controller');
    const what = `${seconds} s of absence, and what they bring`;
    await eventually(
      async () => (!UNSHORTENED || performance.now() > sinceMs + seconds * 1000) && (await look()),
      { what, timeoutMs: PATIENCE_MS, everyMs: 250 },
    );
  };

  const beating = new AbortController();
  const addBystander = async () => {
    const node = {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: BYSTANDER },
      spec: { unschedulable: true },
    };
    await sandbox.kubectl(['create', '-f', '-'], JSON.stringify(node));
    const condition = { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'ready' };
    await kubectl(
      ...['patch', 'node', BYSTANDER, '--subresource=status', '-p'],
      JSON.stringify({ status: { conditions: [condition] } }),
    );
    await beat();
    void keepBeating();
  };
  const beat = () =>
    sandbox.kubectl(
      ['apply', '-f', '-'],
      JSON.stringify({
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name: BYSTANDER, namespace: 'kube-node-lease' },
        spec: {
          holderIdentity: BYSTANDER,
          leaseDurationSeconds: 40,
          renewTime: `${new Date().toISOString().slice(0, -1)}000Z`,
        },
      }),
    );
  const keepBeating = async () => {
    while (!beating.signal.aborted) {
      await systemClock.sleep(3000, beating.signal).catch(() => {});
      if (!beating.signal.aborted) await beat().catch(() => {});
    }
  };

  before(async () => {
    await ensureBusyboxImage();
    sandbox = await startSandbox({ agents: 1, controlPlaneFlags: UNSHORTENED ? [] : SHORT_PERIODS });
    await addBystander();
    await kubectl('apply', '-f', KEEP_PODS);
    // The API server takes a moment to know a policy.
    await eventually(async () => {
      const dry = podManifest({ name: 'probe', containers: { main: 'true' } });
      const probe = await sandbox.kubectl(['create', '--dry-run=server', '-o', 'json', '-f', '-'], dry);
      return !probe.includes('tolerationSeconds');
    });
    await deploy('plain', EVICT);
    await deploy('patient', {});
    for (const app of ['plain', 'patient'])
      await kubectl('rollout', 'status', `deployment/${app}`, '--timeout=60s');
  });
  after(async () => {
    beating.abort();
    await sandbox?.[Symbol.asyncDispose]();
  });

  it('for a minute: the node is Unknown, its pods are not ready, and all is as before when it is back', async () => {
    const before = { plain: await only('plain'), patient: await only('patient') };
    await away(60, async () => (await nodeReady()) === 'Unknown' && !isReady(await only('patient')));
    await sandbox.up();
    for (const app of ['plain', 'patient'] as const) {
      // Where the periods are short, `plain` may have been evicted between two looks; it is the next test's.
      if (!UNSHORTENED && app === 'plain') continue;
      const pod = await eventually(
        async () => {
          const now = await only(app);
          return isReady(now) ? now : undefined;
        },
        { what: `${app}, ready again` },
      );
      assert.equal(pod.metadata.uid, before[app].metadata.uid);
      assert.equal(pod.status?.startTime, before[app].status?.startTime);
      assert.deepEqual(
        pod.status?.containerStatuses?.map(({ containerID, restartCount }) => [containerID, restartCount]),
        before[app].status?.containerStatuses?.map(({ containerID, restartCount }) => [
          containerID,
          restartCount,
        ]),
      );
    }
    assert.equal(await nodeReady(), 'True');
  });

  it('for ten minutes: pods are evicted unless the policy keeps them, and none stops before the controller is back', async () => {
    await kubectl('rollout', 'status', 'deployment/plain', '--timeout=60s');
    const plain = await eventually(() => only('plain'), { what: 'one pod of plain' });
    const patient = await only('patient');
    const containers = {
      plain: await containersOfPod(plain.metadata.uid),
      patient: await containersOfPod(patient.metadata.uid),
    };
    const now = async () =>
      (await podsOf('plain')).find(({ metadata }) => metadata.uid === plain.metadata.uid);
    await away(600, async () => (await now())?.metadata.deletionTimestamp !== undefined);
    const evicted = await now();
    assert.ok(
      evicted?.status?.conditions?.some(
        ({ type, reason }) => type === 'DisruptionTarget' && reason === 'DeletionByTaintManager',
      ),
    );
    const replacement = (await podsOf('plain')).find(({ metadata }) => metadata.uid !== plain.metadata.uid);
    assert.equal(replacement?.spec.nodeName, undefined, 'there is no other node');
    assert.equal((await only('patient')).metadata.deletionTimestamp, undefined);
    assert.deepEqual(await containersOfPod(plain.metadata.uid), containers.plain, 'stopped without a word');
    assert.deepEqual(await containersOfPod(patient.metadata.uid), containers.patient);

    await sandbox.up();
    await eventually(async () => (await now()) === undefined, { what: 'the end of what was evicted' });
    assert.deepEqual(await containersOfPod(plain.metadata.uid), []);
    await kubectl('rollout', 'status', 'deployment/plain', '--timeout=60s');
    await eventually(async () => isReady(await only('patient')), { what: 'patient, ready again' });
    assert.equal((await only('patient')).metadata.uid, patient.metadata.uid);
    assert.deepEqual(await containersOfPod(patient.metadata.uid), containers.patient, 'restarted');
  });
});
