// Why a pod fits on no node, in one line, as kube-scheduler words it.

export interface Rejection {
  readonly reasons: readonly string[];
  /** Whether room made by evicting other pods could help at all. */
  readonly preemptable: boolean;
}

const NO_NODES = 'no nodes available to schedule pods';

/** `preempts` is false for pods whose preemptionPolicy is Never. */
export function fitMessage(
  rejections: readonly Rejection[],
  { preempts, preFilter }: { readonly preempts: boolean; readonly preFilter?: string },
): string {
  if (rejections.length === 0) return NO_NODES;
  const opening = `0/${rejections.length} nodes are available:`;
  const why = preFilter ?? histogram(rejections.flatMap(({ reasons }) => reasons));
  if (!preempts) return `${opening} ${why}. preemption: not eligible due to preemptionPolicy=Never.`;
  const preemption = histogram(rejections.map(({ preemptable }) => (preemptable ? NO_VICTIMS : NOT_HELPFUL)));
  return `${opening} ${why}. preemption: ${opening} ${preemption}.`;
}

const NO_VICTIMS = 'No preemption victims found for incoming pod';
const NOT_HELPFUL = 'Preemption is not helpful for scheduling';

/** `2 Insufficient cpu, 3 node(s) were unschedulable`: each reason with its count, in the order of the text. */
function histogram(reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts]
    .map(([reason, count]) => `${count} ${reason}`)
    .sort()
    .join(', ');
}
