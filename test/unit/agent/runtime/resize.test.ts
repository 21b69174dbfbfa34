import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EngineError } from '../../../../agent/runtime/engine.ts';
import type { Pod } from '../../../../common/pod.ts';
import type { FakeMachine } from '../../../kit/fake-machine.ts';
import { onFakeMachine } from '../../../kit/on-fake-machine.ts';
import { SERVE, scriptPod } from '../../../kit/pod-machine.ts';

const SECOND = 1000;

/** Requests of CPU and memory, and as much again as limits of CPU. */
function asking(cpu: string, memory = '64Mi') {
  return { requests: { cpu, memory }, limits: { cpu, memory: '1Gi' } };
}

/** On a machine of 2 CPUs and 4 GiB. */
describe('resources of a running pod', () => {
  let machine: FakeMachine;
  const { apply } = onFakeMachine((fresh) => {
    machine = fresh;
  });

  const start = async (resources: object, spec: Partial<Pod['spec']> = {}, more: object = {}) => {
    const pod = scriptPod(
      { main: SERVE },
      { ...spec, containers: [{ name: 'main', resources, ...more }] },
      { generation: 1 },
    );
    const uid = await apply(pod);
    assert.equal(machine.status(uid)?.phase, 'Running');
    return pod;
  };
  const resize = async (pod: Pod, resources: object, generation = 2) => {
    const containers = pod.spec.containers.map((container) => ({ ...container, resources }));
    const changed = { ...pod, metadata: { ...pod.metadata, generation }, spec: { ...pod.spec, containers } };
    await apply(changed);
    return changed;
  };
  const condition = ({ metadata }: Pod) => {
    const found = machine.status(metadata.uid)?.conditions?.find(({ type }) => type.startsWith('PodResize'));
    return found && [found.type, found.reason, found.message];
  };
  const resized = () => machine.engine.journal.filter((line) => line.startsWith('resize')).length;
  const told = (...reasons: string[]) =>
    machine.events
      .filter(({ reason }) => reasons.includes(reason))
      .map(({ type, message }) => [type, message]);
  const inEffect = ({ metadata }: Pod) => machine.container(metadata.uid)?.resources?.requests?.['cpu'];

  it('change in Docker, and the events say so as a kubelet’s do', async () => {
    const pod = await start(asking('500m'));
    await resize(pod, asking('1'));
    assert.equal(resized(), 1);
    assert.deepEqual([inEffect(pod), condition(pod)], ['1', undefined]);
    const json =
      '{"containers":[{"name":"main","resources":{"limits":{"cpu":"1","memory":"1Gi"},"requests":{"cpu":"1","memory":"64Mi"}}}],"generation":2}';
    assert.deepEqual(told('ResizeStarted', 'ResizeCompleted'), [
      ['Normal', `Pod resize started: ${json}`],
      ['Normal', `Pod resize completed: ${json}`],
    ]);
  });

  it('that the machine can never give are infeasible', async () => {
    const pod = await start(asking('500m'));
    await resize(pod, asking('3'));
    const message = "Node didn't have enough capacity: cpu, requested: 3000, capacity: 2000";
    assert.deepEqual(condition(pod), ['PodResizePending', 'Infeasible', message]);
    assert.equal(resized(), 0);
    assert.equal(inEffect(pod), '500m');
    const [event] = told('ResizeInfeasible');
    assert.equal(event?.[0], 'Warning');
    assert.match(event?.[1] ?? '', /^Pod resize Infeasible: \{.*"generation":2,"error":"Node didn't have/);
    await resize(pod, asking('500m'), 3);
    assert.equal(condition(pod), undefined);
    assert.equal(told('ResizeCompleted').length, 0, 'nothing was done');
  });

  it('are the measure of a volume in memory once they are granted', async () => {
    const volumes = [{ name: 'cache', emptyDir: { medium: 'Memory' } }];
    const volumeMounts = [{ name: 'cache', mountPath: '/cache' }];
    const sized = (cpu: string, memory: string) => ({
      requests: { cpu, memory: '64Mi' },
      limits: { cpu, memory },
    });
    const pod = await start(sized('500m', '64Mi'), { volumes }, { volumeMounts });
    const size = () => machine.volumes.sizeInMemory(pod.metadata.uid, 'cache');
    assert.equal(size(), 64 * 2 ** 20);
    await resize(pod, sized('3', '128Mi'));
    assert.equal(condition(pod)?.[1], 'Infeasible');
    assert.equal(size(), 64 * 2 ** 20);
    await resize(pod, sized('1', '128Mi'), 3);
    assert.equal(size(), 128 * 2 ** 20);
    assert.equal(machine.container(pod.metadata.uid)?.restartCount, 0);
  });

  it('for which there is no room now are deferred, and come when another pod makes room', async () => {
    const other = await start(asking('1'));
    const pod = await start(asking('500m'));
    await resize(pod, asking('1500m'));
    const message = "Node didn't have enough resource: cpu, requested: 1500, used: 1000, capacity: 2000";
    assert.deepEqual(condition(pod), ['PodResizePending', 'Deferred', message]);
    assert.equal(told('ResizeDeferred').length, 1);
    await resize(other, asking('500m'));
    assert.equal(condition(pod), undefined);
    assert.equal(inEffect(pod), '1500m');
    assert.equal(told('ResizeDeferred').length, 1);
    assert.equal(told('ResizeCompleted').length, 2);
  });

  it('come when another pod has gone', async () => {
    const other = await start(asking('1'));
    const pod = await start(asking('500m'));
    await resize(pod, asking('1500m'));
    await machine.manager.remove(other.metadata.uid, 1);
    await machine.settle();
    assert.equal(inEffect(pod), '1500m');
  });

  it('are deferred for want of memory too, though Docker knows no such requests', async () => {
    await start(asking('100m', '3Gi'));
    const pod = await start(asking('100m', '512Mi'));
    await resize(pod, asking('100m', '2Gi'));
    assert.equal(condition(pod)?.[1], 'Deferred');
    assert.equal(machine.container(pod.metadata.uid)?.allocatedResources?.['memory'], '512Mi');
    await resize(pod, asking('100m', '1Gi'), 3);
    assert.equal(condition(pod), undefined);
    assert.equal(machine.container(pod.metadata.uid)?.allocatedResources?.['memory'], '1Gi');
  });

  it('of two pods that both want what is left go to the one of higher priority', async () => {
    const low = await start(asking('500m'), { priority: 1 });
    const high = await start(asking('500m'), { priority: 2 });
    const blocker = await start(asking('1'));
    await resize(low, asking('1500m'));
    await resize(high, asking('1500m'));
    assert.deepEqual([condition(low)?.[1], condition(high)?.[1]], ['Deferred', 'Deferred']);
    await machine.manager.remove(blocker.metadata.uid, 1);
    await machine.settle();
    assert.deepEqual([inEffect(low), inEffect(high)], ['500m', '1500m']);
  });

  it('that are deferred are not those of a container that starts anew meanwhile', async () => {
    await start(asking('1'));
    const pod = await start(asking('500m'));
    await resize(pod, asking('1500m'));
    await machine.stopAgent();
    await machine.startAgent();
    machine.engine.exit('main', 1);
    await machine.settle(20 * SECOND);
    const quotas = (await machine.engine.list(pod.metadata.uid)).map(({ id }) => machine.engine.inspect(id));
    const running = (await Promise.all(quotas)).filter((one) => one?.identity.attempt === 1);
    assert.deepEqual(
      running.map((one) => one?.limits?.CpuQuota),
      [50_000],
    );
    assert.equal(condition(pod)?.[1], 'Deferred');
  });

  it('that Docker does not give say why, and are tried again', async () => {
    const pod = await start(asking('500m'));
    machine.engine.failNext('resize', new EngineError('refused', 'device busy'));
    await resize(pod, asking('1'));
    assert.deepEqual(condition(pod), ['PodResizeInProgress', 'Error', 'device busy']);
    assert.match(told('ResizeError')[0]?.[1] ?? '', /^Pod resize error: .*"error":"device busy"\}$/);
    await machine.settle(10 * SECOND);
    assert.equal(condition(pod), undefined);
    assert.equal(told('ResizeStarted', 'ResizeCompleted').length, 2);
  });

  it('that come by a new start are in progress until it has started', async () => {
    const resizePolicy = [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }];
    const pod = await start(asking('500m'), {}, { resizePolicy });
    machine.pullsHang = true;
    await resize(pod, asking('1'));
    assert.deepEqual(machine.messages('Killing'), ['Container main resize requires restart']);
    assert.equal(condition(pod)?.[0], 'PodResizeInProgress');
    assert.equal(inEffect(pod), '500m');
    assert.equal(told('ResizeCompleted').length, 0);
    await machine.stopAgent();
    machine.pullsHang = false;
    await machine.startAgent();
    await machine.settle();
    assert.deepEqual([inEffect(pod), condition(pod)], ['1', undefined]);
    assert.equal(told('ResizeCompleted').length, 1);
  });
});
