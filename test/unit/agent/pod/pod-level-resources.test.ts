import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resourceValue } from '../../../../agent/pod/downward.ts';
import { withPodResources } from '../../../../agent/pod/pod-level-resources.ts';
import { cpuAndMemory, podMemoryLimitBytes, qosClass } from '../../../../agent/pod/pod-resources.ts';
import type { Pod } from '../../../../common/pod.ts';
import { aPod } from '../../../kit/pods.ts';

type Resources = NonNullable<Pod['spec']['resources']>;
type Container = Pod['spec']['containers'][number];

const podWith = (resources: Resources | undefined, containers: Container[], inits: Container[] = []) =>
  aPod({ spec: { resources, containers, initContainers: inits } });
const parts = (pod: Pod, name: string) => {
  const all = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
  const container = all.find((one) => one.name === name);
  return container && withPodResources(pod, container).resources;
};

describe('the resources of a pod as a whole', () => {
  const whole = { requests: { cpu: '1', memory: '300Mi' }, limits: { cpu: '2', memory: '1Gi' } };

  it('are shared evenly by the containers that ask for nothing, after those that do', () => {
    const pod = podWith(whole, [
      { name: 'a' },
      { name: 'b' },
      { name: 'c', resources: { requests: { cpu: '200m' }, limits: { memory: '100Mi' } } },
    ]);
    const share = { requests: { cpu: '400m', memory: '104857600' }, limits: whole.limits };
    assert.deepEqual(parts(pod, 'a'), share);
    assert.deepEqual(parts(pod, 'b'), share);
    assert.deepEqual(parts(pod, 'c'), {
      requests: { cpu: '200m' },
      limits: { cpu: '2', memory: '100Mi' },
    });
  });

  it('are an init container’s alone, and a sidecar’s with the others', () => {
    const inits = [{ name: 'i' }, { name: 's', restartPolicy: 'Always' }];
    const pod = podWith({ requests: { cpu: '1' } }, [{ name: 'a' }], inits);
    assert.equal(parts(pod, 'i')?.requests?.['cpu'], '1');
    assert.equal(parts(pod, 's')?.requests?.['cpu'], '500m');
  });

  it('leave a container nothing where the others ask for all of it', () => {
    const pod = podWith({ requests: { cpu: '1' }, limits: { cpu: '2' } }, [
      { name: 'a' },
      { name: 'b', resources: { requests: { cpu: '1' } } },
    ]);
    assert.deepEqual(parts(pod, 'a'), { requests: { cpu: '0' }, limits: { cpu: '2' } });
    const [a] = pod.spec.containers;
    assert.equal(a && cpuAndMemory(withPodResources(pod, a)).CpuShares, 2);
  });

  for (const { name, resources, qos } of [
    {
      name: 'limits that are the requests',
      resources: { limits: { cpu: '1', memory: '1Gi' } },
      qos: 'Guaranteed',
    },
    { name: 'a request', resources: { requests: { cpu: '1' } }, qos: 'Burstable' },
    { name: 'one limit of two', resources: { limits: { cpu: '1' } }, qos: 'Burstable' },
  ]) {
    it(`decide the class, whatever the containers ask for: ${name} ⇒ ${qos}`, () => {
      const guaranteed = { limits: { cpu: '1', memory: '1Gi' } };
      assert.equal(qosClass(podWith(resources, [{ name: 'a' }])), qos);
      assert.equal(qosClass(podWith(resources, [{ name: 'a', resources: guaranteed }])), qos);
    });
  }

  it('are the limits that a container without its own is told of', () => {
    const container = { name: 'a' };
    const pod = podWith(whole, [container]);
    const machine = { cpuMilli: 8000, memoryBytes: 2 ** 33, ephemeralStorageBytes: 0 };
    const told = (resource: string) => resourceValue({ resource }, container, pod, machine);
    assert.deepEqual(told('limits.memory'), { value: String(2 ** 30) });
    assert.deepEqual(told('limits.cpu'), { value: '2' });
    assert.deepEqual(told('requests.cpu'), { value: '0' });
    assert.equal(podMemoryLimitBytes(pod), 2 ** 30);
  });
});
