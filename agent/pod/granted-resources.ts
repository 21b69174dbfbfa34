// What a pod has been granted of its machine. That is what its status tells as in effect; it may differ from what its spec
// asks for while a resize waits, and a container that starts anew meanwhile starts with that.
import { containerStatuses, type Pod } from '../../common/pod.ts';
import { parseQuantity } from '../../common/quantity.ts';
import { peak } from './peak.ts';
import type { PodContainer } from './pod-containers.ts';
import { podRequest, requested } from './pod-level-resources.ts';
import type { PodRecord } from './pod-record.ts';

/** In thousandths: of a CPU, and of a byte. */
export interface Amounts {
  readonly cpu: bigint;
  readonly memory: bigint;
}

/** The pod with the resources that are in effect; what has not been told of yet is as the pod wants it. */
export function asGranted({ pod, status }: Pick<PodRecord, 'pod' | 'status'>): Pod {
  const reported = new Map(containerStatuses(status).map((one) => [one.name, one]));
  const granted = (container: PodContainer): PodContainer => {
    const told = reported.get(container.name);
    if (!told) return container;
    const { resources: _, ...rest } = container;
    return told.resources ? { ...rest, resources: told.resources } : rest;
  };
  const { initContainers, containers, resources } = pod.spec;
  const spec = {
    ...pod.spec,
    ...(initContainers ? { initContainers: initContainers.map(granted) } : {}),
    containers: containers.map(granted),
    ...(resources && status?.resources ? { resources: status.resources } : {}),
  };
  return { ...pod, spec };
}

/** What a machine must have for the pod. */
export function podRequests(pod: Pod): Amounts {
  return { cpu: total(pod, 'cpu'), memory: total(pod, 'memory') };
}

function total(pod: Pod, name: keyof Amounts): bigint {
  const amountOf = (container: PodContainer) =>
    parseQuantity(String(requested(container)[name] ?? '0')) ?? 0n;
  return podRequest(pod, name) ?? peak(pod, amountOf);
}
