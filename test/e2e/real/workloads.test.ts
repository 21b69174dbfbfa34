// What Kubernetes' own controllers make of the virtual node: Deployments, StatefulSets, Jobs, CronJobs and DaemonSets,
// driven with kubectl as a user does, run by real agents in Docker.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Pod } from '../../../common/pod.ts';
import { ensureBusyboxImage } from '../../kit/busybox-image.ts';
import { eventually } from '../../kit/eventually.ts';
import { type PodManifest, podManifest, podTemplate, TEST_IMAGE } from '../../kit/manifest.ts';
import { startSandbox, type TestSandbox } from '../../kit/sandbox.ts';

const TOLERATION = { key: 'virtual-kubelet.io/provider', operator: 'Exists' };

describe("Kubernetes' controllers on the virtual node", () => {
  let sandbox: TestSandbox;
  const kubectl = (...args: string[]) => sandbox.kubectl(args);
  const apply = (object: object) => sandbox.kubectl(['apply', '-f', '-'], JSON.stringify(object));
  const podsOf = async (label: string): Promise<Pod[]> =>
    JSON.parse(await kubectl('get', 'pods', '-l', label, '-o', 'json')).items;
  const template = (app: string, pod: Omit<PodManifest, 'name'>) => podTemplate(pod, { app });

  before(async () => {
    await ensureBusyboxImage();
    sandbox = await startSandbox({ agents: 3 });
  });
  after(() => sandbox?.[Symbol.asyncDispose]());

  describe('a Deployment', () => {
    it('made with `kubectl create deployment` gets its replicas, on several agents', async () => {
      await kubectl(
        ...['create', 'deployment', 'web', `--image=${TEST_IMAGE}`, '--replicas=5', '--'],
        ...['sh', '-c', 'exec sleep 1000'],
      );
      // As everybody must: the virtual node is tainted, so that nothing lands there unasked.
      const pods = await podsOf('app=web');
      for (const pod of pods)
        assert.equal(pod.spec.nodeName, undefined, 'bound without tolerating the taint');
      await kubectl(
        ...['patch', 'deployment', 'web', '-p'],
        JSON.stringify({
          spec: { template: { spec: { tolerations: [TOLERATION], terminationGracePeriodSeconds: 1 } } },
        }),
      );
      await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
      await kubectl('wait', '--for=condition=Available', 'deployment/web', '--timeout=30s');
      const ready = await eventually(
        async () => {
          const now = await podsOf('app=web');
          return now.length === 5 ? now : undefined;
        },
        { what: 'the five pods of the new template alone' },
      );
      const agents = new Set(ready.map((pod) => pod.metadata.annotations?.['longshore.dev/agent']));
      assert.ok(agents.size > 1, `all on ${[...agents]}`);
      assert.match(await kubectl('get', 'events'), /ScalingReplicaSet/);
    });

    it('scales down and up, and the pods that go are gone with their containers', async () => {
      await kubectl('scale', 'deployment/web', '--replicas=1');
      await eventually(async () => (await podsOf('app=web')).length === 1, { what: 'one pod' });
      await kubectl('scale', 'deployment/web', '--replicas=3');
      await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
      assert.equal((await podsOf('app=web')).length, 3);
    });

    it('rolls out a change without a gap, and back', async () => {
      const before = (await podsOf('app=web')).map(({ metadata }) => metadata.uid);
      await kubectl('set', 'env', 'deployment/web', 'COLOR=blue');
      await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
      await eventually(
        async () => {
          const uids = (await podsOf('app=web')).map(({ metadata }) => metadata.uid);
          return uids.length === 3 && uids.every((uid) => !before.includes(uid));
        },
        { what: 'new pods alone' },
      );
      await kubectl('rollout', 'undo', 'deployment/web');
      await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
      await eventually(
        async () => {
          const pods = await podsOf('app=web');
          return pods.length === 3 && pods.every(({ spec }) => spec.containers[0]?.env === undefined);
        },
        { what: 'pods of the former template alone' },
      );
    });

    it('gets another pod for one that is deleted, by its ReplicaSet', async () => {
      const [victim] = await podsOf('app=web');
      await kubectl('delete', 'pod', victim?.metadata.name ?? '');
      await kubectl('wait', '--for=condition=Available', 'deployment/web', '--timeout=30s');
      await eventually(
        async () => {
          const { status } = JSON.parse(await kubectl('get', 'deployment', 'web', '-o', 'json'));
          return status.readyReplicas === 3;
        },
        { what: 'three ready replicas' },
      );
    });

    it('whose pod no machine can hold has that one wait, and makes no other in its place', async () => {
      const deploy = (name: string, cpu: string) => {
        const labels = { app: name };
        const made = template(name, { containers: { main: 'exec sleep 1000' }, requests: { cpu } });
        const spec = { replicas: 1, selector: { matchLabels: labels }, template: made };
        return apply({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, spec });
      };
      // The node has room for it, three machines of two CPUs each; none of them has.
      await deploy('large', '3');
      const placed = ({ status }: Pod) =>
        status?.conditions?.find(({ type }) => type === 'longshore.dev/Placed');
      const first = await eventually(
        async () => (await podsOf('app=large')).find((pod) => placed(pod)?.status === 'False'),
        { what: 'Placed=False' },
      );
      assert.equal(placed(first)?.message, '0/3 agents fit: 3 insufficient cpu');
      await deploy('small', '100m');
      await kubectl('rollout', 'status', 'deployment/small', '--timeout=60s');
      const [only, ...others] = await podsOf('app=large');
      assert.deepEqual(
        [only?.metadata.uid, only?.status?.phase, others],
        [first.metadata.uid, 'Pending', []],
      );
      const events = await kubectl('get', 'events', '--field-selector', 'reason=SuccessfulCreate');
      assert.equal(events.match(/Created pod: large-/g)?.length, 1);
      await kubectl('delete', 'deployment', 'large', 'small');
    });

    it('goes with all it has made (garbage collection)', async () => {
      await kubectl('delete', 'deployment', 'web');
      await eventually(async () => (await podsOf('app=web')).length === 0, { what: 'no pod' });
    });
  });

  it('a pod that needs what not every node declares is bound, and all its containers start anew together', async () => {
    const rule = { action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [42] } };
    const script = 'test -e /data/once && exec sleep 1000; touch /data/once; sleep 1; exit 42';
    const resources = { requests: { cpu: '20m' }, limits: { memory: '64Mi' } };
    const main = { name: 'main', image: TEST_IMAGE, command: ['sh', '-c', script], restartPolicy: 'Never' };
    const other = { name: 'other', image: TEST_IMAGE, command: ['sh', '-c', 'exec sleep 1000'] };
    const volumeMounts = [{ name: 'data', mountPath: '/data' }];
    const containers = [{ ...main, volumeMounts, restartPolicyRules: [rule] }, other];
    const spec = { containers, resources, volumes: [{ name: 'data', emptyDir: {} }] };
    await sandbox.kubectl(
      ['apply', '-f', '-'],
      podManifest({ name: 'together', containers: {}, restartPolicy: 'Never', spec }),
    );
    const { status } = await eventually(
      async () => {
        const pod = await sandbox.pod('together');
        return pod.status?.containerStatuses?.every((one) => one.restartCount === 1 && one.ready)
          ? pod
          : undefined;
      },
      { what: 'another start of both' },
    );
    const restarting = status?.conditions?.find(({ type }) => type === 'AllContainersRestarting');
    assert.equal(restarting?.status, 'False');
    assert.deepEqual(status?.resources?.limits, resources.limits);
    await kubectl('delete', 'pod', 'together');
  });

  it('a pod is charged the overhead of its RuntimeClass, by its machine too', async () => {
    await apply({
      apiVersion: 'node.k8s.io/v1',
      kind: 'RuntimeClass',
      metadata: { name: 'costly' },
      handler: 'runc',
      overhead: { podFixed: { cpu: '1200m' } },
    });
    const create = (name: string) => {
      const spec = { runtimeClassName: 'costly' };
      const containers = { main: 'exec sleep 1000' };
      const pod = { name, agent: 'agent-1', requests: { cpu: '300m' }, containers, spec };
      return sandbox.kubectl(['apply', '-f', '-'], podManifest(pod));
    };
    await create('costly');
    await kubectl('wait', '--for=condition=Ready', 'pod/costly', '--timeout=60s');
    assert.deepEqual((await sandbox.pod('costly')).spec.overhead, { cpu: '1200m' });
    // The machine has 2 CPUs: without their overhead, both would find room.
    await create('one-too-many');
    const isWaiting = async () => {
      const { status } = await sandbox.pod('one-too-many');
      const placed = status?.conditions?.find(({ type }) => type === 'longshore.dev/Placed');
      return placed?.status === 'False' && placed.message;
    };
    assert.equal(
      await eventually(isWaiting, { what: 'its reasons' }),
      "0/3 agents fit: 2 didn't match node affinity/selector, 1 insufficient cpu",
    );
    await kubectl('delete', 'pod', 'costly', 'one-too-many');
  });

  it('a StatefulSet starts in order, keeps its names, and a deleted pod comes back under its own', async () => {
    await apply({
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'db' },
      spec: {
        serviceName: 'db',
        replicas: 3,
        selector: { matchLabels: { app: 'db' } },
        template: template('db', { containers: { main: 'hostname; exec sleep 1000' } }),
      },
    });
    await kubectl('rollout', 'status', 'statefulset/db', '--timeout=60s');
    const pods = await podsOf('app=db');
    assert.deepEqual(
      pods.map(({ metadata }) => metadata.name),
      ['db-0', 'db-1', 'db-2'],
    );
    const started = pods.map(({ status }) => Date.parse(String(status?.startTime)));
    assert.deepEqual(started, started.toSorted(), 'not one after the other');
    assert.equal((await kubectl('logs', 'db-1')).trim(), 'db-1');
    const uid = pods[1]?.metadata.uid;
    await kubectl('delete', 'pod', 'db-1');
    await eventually(
      async () => {
        const again = await sandbox.findPod('db-1');
        return again && again.metadata.uid !== uid && again.status?.phase === 'Running';
      },
      { what: 'the new db-1' },
    );
    await kubectl('scale', 'statefulset/db', '--replicas=1');
    await eventually(async () => (await podsOf('app=db')).length === 1, { what: 'db-0 alone' });
    await kubectl('delete', 'statefulset', 'db');
  });

  describe('a Job', () => {
    const job = (
      name: string,
      spec: object,
      script: string,
      restartPolicy: 'Never' | 'OnFailure' = 'Never',
    ) =>
      apply({
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name },
        spec: { ...spec, template: template(name, { restartPolicy, containers: { main: script } }) },
      });

    it('completes as often as it is asked to', async () => {
      await job('count', { completions: 4, parallelism: 2 }, 'echo done');
      await kubectl('wait', '--for=condition=Complete', 'job/count', '--timeout=60s');
      const pods = await podsOf('app=count');
      assert.deepEqual(
        pods.map(({ status }) => status?.phase),
        ['Succeeded', 'Succeeded', 'Succeeded', 'Succeeded'],
      );
      assert.match(await kubectl('logs', 'job/count'), /done/);
    });

    it('that fails is tried again up to its backoffLimit, then failed', async () => {
      await job('doomed', { backoffLimit: 1 }, 'exit 3');
      await kubectl('wait', '--for=condition=Failed', 'job/doomed', '--timeout=90s');
      const { status } = JSON.parse(await kubectl('get', 'job', 'doomed', '-o', 'json'));
      assert.equal(status.failed, 2);
      assert.match(JSON.stringify(status.conditions), /BackoffLimitExceeded/);
    });

    it('with OnFailure restarts its container in the same pod', async () => {
      // Fails while its own container is the first: /dev/shm belongs to the pod and outlives its containers.
      await job('retry', {}, 'test -e /dev/shm/again && exit 0; touch /dev/shm/again; exit 1', 'OnFailure');
      await kubectl('wait', '--for=condition=Complete', 'job/retry', '--timeout=60s');
      const pods = await podsOf('app=retry');
      assert.equal(pods.length, 1);
      assert.equal(pods[0]?.status?.containerStatuses?.[0]?.restartCount, 1);
    });

    it('over its activeDeadlineSeconds is ended, and its pod with it', async () => {
      await job('slow', { activeDeadlineSeconds: 2 }, 'exec sleep 1000');
      await kubectl('wait', '--for=condition=Failed', 'job/slow', '--timeout=60s');
      await eventually(async () => (await podsOf('app=slow')).length === 0, { what: 'the end of its pod' });
    });
  });

  it('a CronJob starts a Job when its minute comes', async () => {
    await apply({
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'tick' },
      spec: {
        schedule: '* * * * *',
        jobTemplate: {
          spec: { template: template('tick', { restartPolicy: 'Never', containers: { main: 'echo tick' } }) },
        },
      },
    });
    const pods = await eventually(
      async () => {
        const seen = await podsOf('app=tick');
        return seen.some(({ status }) => status?.phase === 'Succeeded') ? seen : undefined;
      },
      { what: 'the Job of the minute', timeoutMs: 80_000, everyMs: 500 },
    );
    assert.equal((await kubectl('logs', pods[0]?.metadata.name ?? '')).trim(), 'tick');
    await kubectl('delete', 'cronjob', 'tick');
  });

  describe('a DaemonSet', () => {
    const daemonSet = (name: string, tolerations: readonly object[]) =>
      apply({
        apiVersion: 'apps/v1',
        kind: 'DaemonSet',
        metadata: { name },
        spec: {
          selector: { matchLabels: { app: name } },
          template: template(name, { containers: { main: 'exec sleep 1000' }, spec: { tolerations } }),
        },
      });

    it('that tolerates the taint by name runs once on the virtual node', async () => {
      await daemonSet('exporter', [TOLERATION]);
      await kubectl('rollout', 'status', 'daemonset/exporter', '--timeout=60s');
      assert.equal((await podsOf('app=exporter')).length, 1);
      await kubectl('delete', 'daemonset', 'exporter');
    });

    it('that tolerates every taint waits, and says how to have it run or kept off', async () => {
      await daemonSet('everywhere', [{ operator: 'Exists' }]);
      const pod = await eventually(
        async () => {
          const [seen] = await podsOf('app=everywhere');
          return seen?.status?.conditions?.some(
            ({ type, status }) => type === 'longshore.dev/Placed' && status === 'False',
          )
            ? seen
            : undefined;
        },
        { what: 'Placed=False' },
      );
      assert.equal(pod.status?.phase, 'Pending');
      await eventually(
        async () =>
          /FailedPlacement .*virtual-kubelet\.io\/provider/.test(
            await kubectl('describe', 'pod', pod.metadata.name),
          ),
        { what: 'the event' },
      );
      await kubectl('delete', 'daemonset', 'everywhere');
      await eventually(async () => (await podsOf('app=everywhere')).length === 0, { what: 'no pod' });
    });

    it('kept off by node affinity, as the documentation says, makes no pod', async () => {
      const terms = [{ matchExpressions: [{ key: 'type', operator: 'NotIn', values: ['virtual-kubelet'] }] }];
      await apply({
        apiVersion: 'apps/v1',
        kind: 'DaemonSet',
        metadata: { name: 'elsewhere' },
        spec: {
          selector: { matchLabels: { app: 'elsewhere' } },
          template: template('elsewhere', {
            containers: { main: 'exec sleep 1000' },
            spec: {
              tolerations: [{ operator: 'Exists' }],
              affinity: {
                nodeAffinity: {
                  requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms },
                },
              },
            },
          }),
        },
      });
      const settled = await eventually(
        async () => {
          const { status, metadata } = JSON.parse(
            await kubectl('get', 'daemonset', 'elsewhere', '-o', 'json'),
          );
          return status.observedGeneration === metadata.generation ? status : undefined;
        },
        { what: 'the DaemonSet controller to have looked' },
      );
      assert.equal(settled.desiredNumberScheduled, 0);
      assert.equal((await podsOf('app=elsewhere')).length, 0);
    });
  });
});
