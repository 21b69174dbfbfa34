// What a pod requests and what a node has left. Sums are exact, in thousandths.
import { type Milli, parseQuantity } from '../../../common/quantity.ts';
import { objectAt, objectsAt } from '../json.ts';
import type { JsonObject } from '../resource.ts';

export type Resources = ReadonlyMap<string, Milli>;

/**
 * The larger of what the containers need together and what each init container needs in its turn; sidecars run on, so
 * each counts from its turn onwards. The pod's overhead comes on top.
 */
export function podRequests(pod: JsonObject): Resources {
  let sidecars: Resources = new Map();
  let whileStarting: Resources = new Map();
  for (const container of objectsAt(pod, 'spec', 'initContainers')) {
    const requests = containerRequests(container);
    const together = add(sidecars, requests);
    if (container['restartPolicy'] === 'Always') sidecars = together;
    whileStarting = larger(whileStarting, together);
  }
  const running = objectsAt(pod, 'spec', 'containers').map(containerRequests).reduce(add, sidecars);
  return add(larger(running, whileStarting), quantities(objectAt(pod, 'spec', 'overhead')));
}

export function allocatable(node: JsonObject): Resources {
  return quantities(objectAt(node, 'status', 'allocatable') ?? objectAt(node, 'status', 'capacity'));
}

export interface Load {
  readonly requested: Resources;
  readonly pods: number;
}

/** Every resource the node has too little of, in the scheduler's words. */
export function insufficient(requests: Resources, available: Resources, load: Load): string[] {
  const reasons: string[] = [];
  if (BigInt(load.pods + 1) * 1000n > (available.get('pods') ?? 0n)) reasons.push('Too many pods');
  for (const [name, milli] of requests) {
    const free = (available.get(name) ?? 0n) - (load.requested.get(name) ?? 0n);
    if (milli > 0n && milli > free) reasons.push(`Insufficient ${name}`);
  }
  return reasons;
}

export function add(a: Resources, b: Resources): Resources {
  const sum = new Map(a);
  for (const [name, milli] of b) sum.set(name, (sum.get(name) ?? 0n) + milli);
  return sum;
}

function larger(a: Resources, b: Resources): Resources {
  const result = new Map(a);
  for (const [name, milli] of b) if (milli > (result.get(name) ?? 0n)) result.set(name, milli);
  return result;
}

function containerRequests(container: JsonObject): Resources {
  return quantities(objectAt(container, 'resources', 'requests'));
}

/** Text that is no quantity counts as nothing: the API server has refused it before. */
function quantities(object: JsonObject | undefined): Resources {
  const entries = Object.entries(object ?? {}).map(
    ([name, value]) => [name, parseQuantity(String(value)) ?? 0n] as const,
  );
  return new Map(entries);
}
