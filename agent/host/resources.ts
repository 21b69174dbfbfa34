// What the machine offers to pods, as Kubernetes quantities: what it has, or what its owner says it has, less what the
// owner keeps.
import { formatQuantity, parseQuantity } from '../../common/quantity.ts';

export type Quantities = Readonly<Record<string, string>>;

export interface MeasuredResources {
  readonly cpus: number;
  readonly memoryBytes: number;
  /** Of the file system that Docker keeps images and containers on; undefined while Docker cannot be asked. */
  readonly storageBytes: number | undefined;
}

export interface Offer {
  readonly capacity: Quantities;
  readonly allocatable: Quantities;
}

const PODS = '110';

/** `capacity` replaces what was measured, resource by resource, and may add others; `reserve` is taken off. */
export function offerResources(
  measured: MeasuredResources,
  owner: { readonly capacity: Quantities; readonly reserve: Quantities },
): Offer {
  const { cpus, memoryBytes, storageBytes } = measured;
  const capacity: Quantities = {
    cpu: String(cpus),
    memory: bytesQuantity(memoryBytes),
    ...(storageBytes !== undefined && { 'ephemeral-storage': bytesQuantity(storageBytes) }),
    pods: PODS,
    ...owner.capacity,
  };
  const allocatable = Object.entries(capacity).map(([name, quantity]) => [
    name,
    less(quantity, owner.reserve[name]),
  ]);
  return { capacity, allocatable: Object.fromEntries(allocatable) };
}

function less(quantity: string, reserved: string | undefined): string {
  if (reserved === undefined) return quantity;
  const left = (parseQuantity(quantity) ?? 0n) - (parseQuantity(reserved) ?? 0n);
  return formatQuantity(left > 0n ? left : 0n, 'binary');
}

function bytesQuantity(bytes: number): string {
  return formatQuantity(BigInt(Math.floor(bytes)) * 1000n, 'binary');
}
