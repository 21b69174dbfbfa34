// The events a kubelet records when the conditions of its node change.
import type { Node, NodeCondition } from './node-object.ts';

/** Of a healthy condition, then of an unhealthy one. */
const REASONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  MemoryPressure: { False: 'NodeHasSufficientMemory', True: 'NodeHasInsufficientMemory' },
  DiskPressure: { False: 'NodeHasNoDiskPressure', True: 'NodeHasDiskPressure' },
  PIDPressure: { False: 'NodeHasSufficientPID', True: 'NodeHasInsufficientPID' },
  Ready: { True: 'NodeReady', False: 'NodeNotReady' },
};

/** The reasons, in order. A node made anew that is not ready yet has lost nothing, and says nothing. */
export function conditionEvents(before: Node | undefined, after: Node): string[] {
  const known = before?.status?.conditions ?? [];
  return (after.status?.conditions ?? []).flatMap((condition: NodeCondition) => {
    const previous = known.find(({ type }) => type === condition.type);
    const reason = REASONS[condition.type]?.[condition.status];
    if (!reason || previous?.status === condition.status) return [];
    return previous || reason !== 'NodeNotReady' ? [reason] : [];
  });
}
