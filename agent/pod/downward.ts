// What a container may ask about its own pod: fieldRef and resourceFieldRef.

import type { Pod } from '../../common/pod.ts';
import { formatQuantity, parseQuantity } from '../../common/quantity.ts';
import { findMember, type PodContainer } from './pod-containers.ts';
import { withPodResources } from './pod-level-resources.ts';

/** The machine and the pod's place on it. */
export interface PodPlace {
  /** The virtual node's name; empty before the controller has said it. */
  readonly nodeName: string;
  readonly hostIps: readonly string[];
  readonly podIps: readonly string[];
  readonly machine: Machine;
}

export interface Machine {
  readonly cpuMilli: number;
  readonly memoryBytes: number;
  readonly ephemeralStorageBytes: number;
}

export type Downward = { readonly value: string } | { readonly problem: string };

const KEYED = /^metadata\.(labels|annotations)\['([^']+)'\]$/;

export function fieldValue(path: string, pod: Pod, place: PodPlace): Downward {
  const [, map, key = ''] = KEYED.exec(path) ?? [];
  if (map === 'labels') return { value: pod.metadata.labels?.[key] ?? '' };
  if (map === 'annotations') return { value: pod.metadata.annotations?.[key] ?? '' };
  const read = FIELDS[path];
  return read ? { value: read(pod, place) } : { problem: `unsupported fieldPath: ${path}` };
}

const FIELDS: Readonly<Record<string, (pod: Pod, place: PodPlace) => string>> = {
  'metadata.name': (pod) => pod.metadata.name,
  'metadata.namespace': (pod) => pod.metadata.namespace,
  'metadata.uid': (pod) => pod.metadata.uid,
  'spec.nodeName': (pod, place) => pod.spec.nodeName ?? place.nodeName,
  'spec.serviceAccountName': (pod) => pod.spec.serviceAccountName ?? '',
  'status.hostIP': (_, { hostIps }) => hostIps[0] ?? '',
  'status.hostIPs': (_, { hostIps }) => hostIps.join(','),
  'status.podIP': (_, { podIps }) => podIps[0] ?? '',
  'status.podIPs': (_, { podIps }) => podIps.join(','),
};

export interface ResourceField {
  readonly resource: string;
  readonly containerName?: string;
  readonly divisor?: string;
}

export function resourceValue(ref: ResourceField, own: PodContainer, pod: Pod, machine: Machine): Downward {
  const name = ref.containerName || own.name;
  const container = findMember(pod, name)?.spec;
  if (!container) return { problem: `container "${name}" not found` };
  const [, kind, resource = ''] = /^([^.]*)\.(.*)$/.exec(ref.resource) ?? [];
  const { resources } = kind === 'limits' ? withPodResources(pod, container) : container;
  const shares: Readonly<Record<string, string | undefined>> = resources?.[kind as 'limits'] ?? {};
  if ((kind !== 'limits' && kind !== 'requests') || !RESOURCE.test(resource)) {
    return { problem: `unsupported container resource: ${ref.resource}` };
  }
  const whole = kind === 'limits' ? wholeMachine(resource, machine) : '0';
  const amount = parseQuantity(String(shares[resource] ?? whole));
  const divisor = parseQuantity(String(ref.divisor ?? '1')) || 1000n;
  if (amount === undefined || divisor < 0n) return { problem: `${ref.resource} is no quantity` };
  return { value: String((amount + divisor - 1n) / divisor) };
}

const RESOURCE = /^(cpu|memory|ephemeral-storage|hugepages-.+)$/;

/** A container without a limit has the machine. */
function wholeMachine(resource: string, machine: Machine): string {
  if (resource === 'cpu') return formatQuantity(BigInt(Math.floor(machine.cpuMilli)));
  if (resource === 'memory') return String(machine.memoryBytes);
  return resource === 'ephemeral-storage' ? String(machine.ephemeralStorageBytes) : '0';
}
