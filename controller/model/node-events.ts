// The events a kubelet records when something about its node changes.
import type { Node, NodeCondition } from './node-object.ts';

export interface NodeEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** Of a healthy condition, then of an unhealthy one. */
const REASONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  MemoryPressure: { False: 'NodeHasSufficientMemory', True: 'NodeHasInsufficientMemory' },
  DiskPressure: { False: 'NodeHasNoDiskPressure', True: 'NodeHasDiskPressure' },
  PIDPressure: { False: 'NodeHasSufficientPID', True: 'NodeHasInsufficientPID' },
  Ready: { True: 'NodeReady', False: 'NodeNotReady' },
};

/** What a write of ours changed, in order. A node made anew that is not ready yet has lost nothing, and says nothing. */
export function writtenEvents(before: Node | undefined, after: Node): NodeEvent[] {
  const known = before?.status?.conditions ?? [];
  const conditions = (after.status?.conditions ?? []).flatMap((condition: NodeCondition) => {
    const previous = known.find(({ type }) => type === condition.type);
    const reason = REASONS[condition.type]?.[condition.status];
    if (!reason || previous?.status === condition.status) return [];
    return previous || reason !== 'NodeNotReady' ? [statusNow(after, reason)] : [];
  });
  return [...rebooted(before, after), ...conditions];
}

/** Whether people want pods on it: told when it is another than before, and at the start when they do not. */
export function cordonEvents(wasUnschedulable: boolean, node: Node): NodeEvent[] {
  const isUnschedulable = node.spec?.unschedulable === true;
  if (isUnschedulable === wasUnschedulable) return [];
  return [statusNow(node, isUnschedulable ? 'NodeNotSchedulable' : 'NodeSchedulable')];
}

function rebooted(before: Node | undefined, after: Node): NodeEvent[] {
  const [from = '', to = ''] = [before?.status?.nodeInfo?.bootID, after.status?.nodeInfo?.bootID];
  if (from === '' || from === to) return [];
  const message = `Node ${after.metadata?.name} has been rebooted, boot id: ${to}`;
  return [{ type: 'Warning', reason: 'Rebooted', message }];
}

function statusNow({ metadata }: Node, reason: string): NodeEvent {
  return { type: 'Normal', reason, message: `Node ${metadata?.name} status is now: ${reason}` };
}
