// Resources of running containers in Docker.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { runCommand } from '../../../../agent/runtime/run-command.ts';
import type { Pod } from '../../../../common/pod.ts';
import { ensureBusyboxImage } from '../../../kit/busybox-image.ts';
import { eventually } from '../../../kit/eventually.ts';
import { PodMachine, SERVE, scriptPod } from '../../../kit/pod-machine.ts';

type Resources = NonNullable<Pod['spec']['containers'][number]['resources']>;
const SMALL = { requests: { cpu: '100m', memory: '32Mi' }, limits: { cpu: '200m', memory: '64Mi' } };

describe('the resources of a running container', () => {
  let machine: PodMachine;
  const pods: Pod[] = [];
  before(async () => {
    await ensureBusyboxImage();
    machine = await PodMachine.create();
  });
  afterEach(async () => {
    for (const { metadata } of pods.splice(0)) await machine.drop(metadata.uid);
  });
  after(() => machine[Symbol.asyncDispose]());

  const start = async (resizePolicy: { resourceName: string; restartPolicy: string }[] = []) => {
    const pod = scriptPod(
      { main: SERVE },
      { containers: [{ name: 'main', resources: SMALL, resizePolicy }] },
    );
    pods.push(pod);
    await machine.manager.apply(pod);
    await eventually(() => machine.status(pod.metadata.uid)?.phase === 'Running');
    return pod;
  };
  const resize = (pod: Pod, resources: Resources) => {
    const containers = pod.spec.containers.map((container) => ({ ...container, resources }));
    return machine.manager.apply({ ...pod, spec: { ...pod.spec, containers } });
  };
  const inDocker = async ({ metadata }: Pod, name = 'main') => {
    const id = machine.container(metadata.uid, name)?.containerID?.replace('docker://', '') ?? '';
    const { CpuShares, CpuQuota, Memory } = (await machine.docker.prompt.getContainer(id).inspect())
      .HostConfig;
    return { CpuShares, CpuQuota, Memory };
  };
  const resizing = ({ metadata }: Pod) =>
    machine.status(metadata.uid)?.conditions?.find(({ type }) => type.startsWith('PodResize'));

  it('change as it runs, and the status says so', async () => {
    const pod = await start();
    const { uid } = pod.metadata;
    assert.deepEqual(machine.container(uid)?.resources, SMALL);
    const large = { requests: { cpu: '150m', memory: '32Mi' }, limits: { cpu: '300m', memory: '96Mi' } };
    await resize(pod, large);
    await eventually(() => machine.container(uid)?.resources?.limits?.['memory'] === '96Mi');
    assert.deepEqual(await inDocker(pod), { CpuShares: 153, CpuQuota: 30_000, Memory: 96 * 2 ** 20 });
    const status = machine.container(uid);
    assert.deepEqual(status?.allocatedResources, large.requests);
    assert.equal(status?.restartCount, 0);
    assert.equal(resizing(pod), undefined);
    assert.deepEqual(
      machine.reasons(uid).filter((reason) => reason.startsWith('Resize')),
      ['ResizeStarted', 'ResizeCompleted'],
    );
  });

  it('are the measure of its volume in memory, which keeps what is in it', async () => {
    const pod = scriptPod(
      { main: `echo kept > /cache/file; ${SERVE}` },
      {
        volumes: [{ name: 'cache', emptyDir: { medium: 'Memory' } }],
        containers: [
          { name: 'main', resources: SMALL, volumeMounts: [{ name: 'cache', mountPath: '/cache' }] },
        ],
      },
    );
    const { uid } = pod.metadata;
    pods.push(pod);
    await machine.manager.apply(pod);
    await eventually(() => machine.status(uid)?.phase === 'Running');
    const seen = async () => {
      const id = machine.container(uid)?.containerID?.replace('docker://', '') ?? '';
      const command = ['sh', '-c', 'df -m /cache | awk "NR==2{print \\$2}"; cat /cache/file'];
      const limits = { maxBytes: 100, signal: new AbortController().signal };
      const { output } = await runCommand(machine.execs, id, command, limits);
      return output.trim().split('\n');
    };
    await eventually(async () => isDeepStrictEqual(await seen(), ['64', 'kept']), { what: 'the volume' });
    await resize(pod, { ...SMALL, limits: { cpu: '200m', memory: '96Mi' } });
    await eventually(async () => isDeepStrictEqual(await seen(), ['96', 'kept']), {
      what: 'a larger volume',
    });
    assert.equal(machine.container(uid)?.restartCount, 0);
  });

  it('change by a new start where the pod wants that', async () => {
    const pod = await start([{ resourceName: 'memory', restartPolicy: 'RestartContainer' }]);
    const { uid } = pod.metadata;
    await resize(pod, { ...SMALL, limits: { cpu: '200m', memory: '96Mi' } });
    await eventually(() => machine.container(uid)?.restartCount === 1 && machine.container(uid)?.ready);
    assert.equal((await inDocker(pod)).Memory, 96 * 2 ** 20);
  });

  it('of a pod as a whole are shared by its containers', async () => {
    const pod = scriptPod({ a: SERVE, b: SERVE }, { resources: SMALL });
    const { uid } = pod.metadata;
    pods.push(pod);
    await machine.manager.apply(pod);
    await eventually(() => machine.status(uid)?.phase === 'Running');
    assert.deepEqual(await inDocker(pod, 'a'), { CpuShares: 51, CpuQuota: 20_000, Memory: 64 * 2 ** 20 });
    assert.deepEqual(await inDocker(pod, 'b'), await inDocker(pod, 'a'));
    assert.deepEqual(machine.status(uid)?.resources, SMALL);
    const large = { requests: { cpu: '200m', memory: '32Mi' }, limits: { cpu: '300m', memory: '96Mi' } };
    await machine.manager.apply({ ...pod, spec: { ...pod.spec, resources: large } });
    await eventually(() => machine.status(uid)?.resources?.limits?.['memory'] === '96Mi');
    assert.deepEqual(await inDocker(pod, 'b'), { CpuShares: 102, CpuQuota: 30_000, Memory: 96 * 2 ** 20 });
    assert.deepEqual(machine.status(uid)?.allocatedResources, large.requests);
  });

  it('stay as they are where the machine can never have what is asked for', async () => {
    const pod = await start();
    await resize(pod, {
      ...SMALL,
      requests: { cpu: '64', memory: '32Mi' },
      limits: { cpu: '64', memory: '64Mi' },
    });
    const condition = await eventually(() => resizing(pod));
    const { type, reason, message } = condition;
    assert.deepEqual([type, reason], ['PodResizePending', 'Infeasible']);
    assert.equal(message, "Node didn't have enough capacity: cpu, requested: 64000, capacity: 2000");
    assert.equal((await inDocker(pod)).CpuQuota, 20_000);
    await resize(pod, SMALL);
    await eventually(() => resizing(pod) === undefined);
  });

  it('wait where other pods have the room for them, and come when one of these goes', async () => {
    const other = await start();
    const pod = await start();
    const much = { requests: { cpu: '1950m', memory: '32Mi' }, limits: { cpu: '2', memory: '64Mi' } };
    await resize(pod, much);
    const { reason, message } = await eventually(() => resizing(pod));
    assert.equal(reason, 'Deferred');
    assert.equal(
      message,
      "Node didn't have enough resource: cpu, requested: 1950, used: 100, capacity: 2000",
    );
    assert.ok(machine.reasons(pod.metadata.uid).includes('ResizeDeferred'));
    pods.splice(pods.indexOf(other), 1);
    await machine.drop(other.metadata.uid);
    await eventually(() => resizing(pod) === undefined);
    assert.deepEqual(await inDocker(pod), { CpuShares: 1996, CpuQuota: 200_000, Memory: 64 * 2 ** 20 });
  });

  it('that Docker does not give are tried again, and the condition says why', async () => {
    const pod = await start();
    await resize(pod, {
      ...SMALL,
      requests: { cpu: '100m', memory: '1Mi' },
      limits: { cpu: '200m', memory: '1Mi' },
    });
    const condition = await eventually(() => (resizing(pod)?.reason ? resizing(pod) : undefined));
    assert.deepEqual([condition.type, condition.reason], ['PodResizeInProgress', 'Error']);
    assert.match(condition.message ?? '', /[Mm]emory/);
    assert.equal((await inDocker(pod)).Memory, 64 * 2 ** 20);
  });
});
