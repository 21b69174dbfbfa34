// Devices as extended resources: what the machine's owner offers, which instance goes to which container, and how Docker
// is asked for it. An instance belongs to one pod until that pod has ended; init containers use their pod's.
import type { Pod } from '../../common/pod.ts';
import { parseQuantity } from '../../common/quantity.ts';
import { type PodContainer, podMembers } from './pod-containers.ts';

/** By resource name, such as `example.com/zigbee`. */
export type DeviceInventory = ReadonlyMap<string, readonly DeviceInstance[]>;

export interface DeviceInstance {
  readonly id: string;
  /** Device files of the machine. */
  readonly files: readonly DeviceFile[];
  /** What a driver of Docker's brings in: GPUs, CDI devices. */
  readonly requests: readonly DeviceRequest[];
}

export interface DeviceFile {
  readonly PathOnHost: string;
  readonly PathInContainer: string;
  readonly CgroupPermissions: string;
}

export interface DeviceRequest {
  readonly Driver: string;
  readonly DeviceIDs: string[];
  readonly Capabilities: string[][];
}

/** Ids of instances by container name. */
export type DeviceAssignment = Readonly<Record<string, readonly string[]>>;

export type AssignResult =
  | { readonly kind: 'ok'; readonly devices: DeviceAssignment }
  | {
      readonly kind: 'short';
      readonly resource: string;
      readonly wanted: number;
      readonly available: number;
    };

/** `held`: what other pods have. What this machine does not offer is not looked at. */
export function assignDevices(
  pod: Pod,
  inventory: DeviceInventory,
  held: readonly DeviceAssignment[],
): AssignResult {
  const taken = new Set(held.flatMap((assignment) => Object.values(assignment).flat()));
  const devices: Record<string, string[]> = {};
  for (const [resource, instances] of inventory) {
    const free = instances.map(({ id }) => id).filter((id) => !taken.has(id));
    const own: string[] = [];
    for (const { kind, spec } of podMembers(pod).filter((member) => member.kind !== 'init')) {
      if (kind === 'ephemeral') continue;
      const wanted = wantedCount(spec, resource);
      const given = free.filter((id) => !own.includes(id)).slice(0, wanted);
      if (given.length < wanted) return { kind: 'short', resource, wanted, available: given.length };
      own.push(...given);
      if (wanted > 0) devices[spec.name] = [...(devices[spec.name] ?? []), ...given];
    }
    const order = [...own, ...free.filter((id) => !own.includes(id))];
    for (const { spec } of podMembers(pod).filter((member) => member.kind === 'init')) {
      const wanted = wantedCount(spec, resource);
      if (wanted > order.length) return { kind: 'short', resource, wanted, available: order.length };
      if (wanted > 0) devices[spec.name] = [...(devices[spec.name] ?? []), ...order.slice(0, wanted)];
    }
  }
  return { kind: 'ok', devices };
}

export type ContainerDevices =
  | {
      readonly kind: 'ok';
      readonly options: { readonly Devices?: DeviceFile[]; readonly DeviceRequests?: DeviceRequest[] };
    }
  | { readonly kind: 'problem'; readonly message: string };

/** What Docker is asked to give to a container. */
export function containerDevices(
  container: PodContainer,
  assignment: DeviceAssignment,
  inventory: DeviceInventory,
): ContainerDevices {
  const ids = assignment[container.name] ?? [];
  const given: DeviceInstance[] = [];
  for (const [resource, instances] of inventory) {
    const own = instances.filter(({ id }) => ids.includes(id));
    if (own.length < wantedCount(container, resource)) {
      return { kind: 'problem', message: `no ${resource} of this machine is free for it` };
    }
    given.push(...own);
  }
  const Devices = given.flatMap(({ files }) => files);
  const DeviceRequests = given.flatMap(({ requests }) => requests);
  return {
    kind: 'ok',
    options: {
      ...(Devices.length > 0 ? { Devices } : {}),
      ...(DeviceRequests.length > 0 ? { DeviceRequests } : {}),
    },
  };
}

function wantedCount({ resources }: PodContainer, resource: string): number {
  const amount = resources?.limits?.[resource] ?? resources?.requests?.[resource];
  return amount === undefined ? 0 : Number((parseQuantity(String(amount)) ?? 0n) / 1000n);
}
