// Sums of resources by name, and what a pod asks for: the same arithmetic as the Kubernetes scheduler's.
import type { V1ResourceRequirements } from '@kubernetes/client-node';
import type { Json, Pod } from '../../../common/pod.ts';
import { formatQuantity, type Milli, parseQuantity } from '../../../common/quantity.ts';

/** By resource name; what is absent is zero. */
export type Resources = ReadonlyMap<string, Milli>;

export const NO_RESOURCES: Resources = new Map();

/** Unreadable and negative quantities count as nothing. */
export function parseResources(quantities: Readonly<Record<string, string>> | undefined): Resources {
  const parsed = new Map<string, Milli>();
  for (const [name, text] of Object.entries(quantities ?? {})) {
    const value = parseQuantity(text);
    if (value !== undefined && value >= 0n) parsed.set(name, value);
  }
  return parsed;
}

export function formatResources(resources: Resources): Record<string, string> {
  return Object.fromEntries(
    [...resources]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => [name, formatQuantity(value, isBytes(name) ? 'binary' : 'decimal')]),
  );
}

export function add(a: Resources, b: Resources): Resources {
  const sum = new Map(a);
  for (const [name, value] of b) sum.set(name, (sum.get(name) ?? 0n) + value);
  return sum;
}

export function sum(all: Iterable<Resources>): Resources {
  const total = new Map<string, Milli>();
  for (const one of all) for (const [name, value] of one) total.set(name, (total.get(name) ?? 0n) + value);
  return total;
}

/** Adds to a sum, or takes off it. A name of which nothing is asked for is not there: pods may name as many as they like. */
export function charge(total: Map<string, Milli>, requests: Resources, by: 1n | -1n): void {
  for (const [name, value] of requests) {
    const left = (total.get(name) ?? 0n) + by * value;
    if (left === 0n) total.delete(name);
    else total.set(name, left);
  }
}

/** a − b, never below zero; names of `a` only. */
export function subtract(a: Resources, b: Resources): Resources {
  const left = new Map<string, Milli>();
  for (const [name, value] of a) left.set(name, positive(value - (b.get(name) ?? 0n)));
  return left;
}

export function largest(a: Resources, b: Resources): Resources {
  const result = new Map(a);
  for (const [name, value] of b) if (value > (result.get(name) ?? 0n)) result.set(name, value);
  return result;
}

/**
 * What the pod occupies on its machine, one of `pods` included: the containers and sidecars that run together, or the
 * hungriest init container with the sidecars started before it if that is more; plus the overhead.
 */
export function podRequests(pod: Pick<Pod, 'spec'>): Resources {
  const { containers, initContainers = [], overhead, resources } = pod.spec;
  let sidecars = NO_RESOURCES;
  let starting = NO_RESOURCES;
  for (const container of initContainers) {
    const own = add(sidecars, requests(container.resources));
    if (container.restartPolicy === 'Always') sidecars = own;
    starting = largest(starting, own);
  }
  const running = containers.reduce((sum, { resources }) => add(sum, requests(resources)), sidecars);
  const whole = new Map([...largest(running, starting), ...requests(resources)]);
  return add(add(whole, parseResources(overhead)), new Map([['pods', 1000n]]));
}

/** A limit without a request is a request, as the API server defaults it. */
function requests(resources: Json<V1ResourceRequirements> | undefined): Resources {
  return parseResources({ ...resources?.limits, ...resources?.requests });
}

function isBytes(name: string): boolean {
  return name === 'memory' || name === 'ephemeral-storage' || name.startsWith('hugepages-');
}

function positive(value: Milli): Milli {
  return value > 0n ? value : 0n;
}
