// Whom preemption ends, by counting everything anew for each agent and for each pod that might be spared: slow, and with
// nothing kept that could be out of date. Whether the pod fits is placement's own judgement.
import type { Pod } from '../../common/pod.ts';
import type { DecisionContext } from '../../controller/model/placement/decide.ts';
import type { DisruptionBudget } from '../../controller/model/placement/disruption-budget.ts';
import { createLoad } from '../../controller/model/placement/load.ts';
import { verdicts } from '../../controller/model/placement/place.ts';
import { isLeaving, type PlacedPod } from '../../controller/model/placement/placed-pod.ts';

export interface Victims {
  readonly agent: string;
  readonly names: readonly string[];
}

type Rank = readonly (number | string)[];

/** `there`: what sits on the agents. Undefined: it has room, or will have once those that are ending have gone, or never. */
export function plainPreemption(
  pod: Pod,
  context: DecisionContext,
  there: readonly PlacedPod[],
): Victims | undefined {
  const staying = there.filter((one) => !isLeaving(one.pod));
  const agentsAmong = (pods: readonly PlacedPod[]) => {
    const placed = createLoad(pods);
    const fitting = verdicts(pod, { ...context, placed }).filter(({ obstacles }) => obstacles.length === 0);
    return fitting.map(({ agent }) => agent);
  };
  if (agentsAmong(there).length > 0 || agentsAmong(staying).length > 0) return undefined;
  const options = context.agents.all.flatMap(({ uid, name }): { victims: Victims; rank: Rank }[] => {
    const fitsWithout = (gone: readonly PlacedPod[]) =>
      agentsAmong(staying.filter((one) => !gone.includes(one))).includes(name);
    const lesser = staying
      .filter((one) => one.agentUid === uid && priorityOf(one.pod) < priorityOf(pod))
      .sort((a, b) => compare(importance(a.pod), importance(b.pod)));
    if (!fitsWithout(lesser)) return [];
    const guarded = breaking(lesser, context.budgets?.all ?? []);
    let victims = [...guarded, ...lesser.filter((one) => !guarded.includes(one))];
    for (const one of victims) {
      const others = victims.filter((other) => other !== one);
      if (fitsWithout(others)) victims = others;
    }
    const pods = victims.map((one) => one.pod);
    const rank = [
      victims.filter((one) => guarded.includes(one)).length,
      Math.max(...pods.map(priorityOf)),
      pods.reduce((sum, one) => sum + priorityOf(one) + 2 ** 31, 0),
      pods.length,
      -Math.min(...pods.map(startedMs)),
      name,
    ];
    return [{ victims: { agent: name, names: pods.map(({ metadata }) => metadata.name) }, rank }];
  });
  return options.sort((a, b) => compare(a.rank, b.rank))[0]?.victims;
}

function breaking(pods: readonly PlacedPod[], budgets: readonly DisruptionBudget[]): PlacedPod[] {
  const left = budgets.map(({ allowed }) => allowed);
  return pods.filter(({ pod: { metadata } }) => {
    const labels = metadata.labels ?? {};
    let breaks = false;
    for (const [index, { namespace, selector, disrupted }] of budgets.entries()) {
      const isMeant = Object.entries(selector?.matchLabels ?? {}).every(
        ([key, value]) => labels[key] === value,
      );
      if (namespace !== metadata.namespace || !isMeant || disrupted.has(metadata.name)) continue;
      const allowed = (left[index] ?? 0) - 1;
      left[index] = allowed;
      breaks ||= allowed < 0;
    }
    return breaks;
  });
}

const importance = (pod: Pod): Rank => [-priorityOf(pod), startedMs(pod), pod.metadata.uid];

function compare(a: Rank, b: Rank): number {
  const at = a.findIndex((one, index) => one !== b[index]);
  const [one = 0, other = 0] = [a[at], b[at]];
  return at === -1 ? 0 : one < other ? -1 : 1;
}

function priorityOf({ spec }: Pod): number {
  return spec.priority ?? 0;
}

function startedMs({ status }: Pod): number {
  return Date.parse(status?.startTime ?? '') || 0;
}
