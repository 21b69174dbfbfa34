// Pods that would rather fail than wait (annotation `longshore.dev/unplaceable: reject`): they end as a kubelet rejects a pod
// that does not fit, once it is certain that no agent can take them as things are.
import { UNPLACEABLE_ANNOTATION } from '../../../common/names.ts';
import type { Pod } from '../../../common/pod.ts';
import type { Outcome } from './place.ts';

export interface Rejection {
  readonly reason: string;
  readonly message: string;
}

/** Undefined: the pod waits. */
export function rejection(pod: Pod, outcome: Outcome): Rejection | undefined {
  if (outcome.kind !== 'none' || pod.metadata.annotations?.[UNPLACEABLE_ANNOTATION] !== 'reject')
    return undefined;
  const obstacles = outcome.judged.flatMap((agent) => agent.obstacles);
  // Without agents, or while one is away that might take it, nothing is certain.
  if (obstacles.length === 0 || obstacles.some(({ until }) => until === 'time')) return undefined;
  const rule = mostFrequent(obstacles.map((obstacle) => obstacle.rule));
  const [, resource] = /^OutOf(.+)$/.exec(rule) ?? [];
  const what =
    resource === undefined ? `Predicate ${rule} failed` : `Node didn't have enough resource: ${resource}`;
  return { reason: rule, message: `${what}: ${outcome.summary}` };
}

/** The first by name among equals. */
function mostFrequent(rules: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const rule of rules) counts.set(rule, (counts.get(rule) ?? 0) + 1);
  const [first = ['', 0]] = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return first[0];
}
