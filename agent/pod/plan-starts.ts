// Which container starts next in its pod's sandbox, by the kubelet's order: ephemeral ones at any time, init containers one
// after another, then the regular ones in the order of the spec. Whoever makes its successors wait says so.
import { viewOf } from './container-view.ts';
import { initialization } from './initialization.ts';
import { isLive, type ObservedContainer } from './observation.ts';
import type { Plan } from './plan.ts';
import { type NextStart, nextStart } from './plan-start.ts';
import { type Member, podMembers } from './pod-containers.ts';
import { refusalsOf } from './refusals.ts';
import { endedFormerly } from './restart-all.ts';
import type { Situation } from './situation.ts';

export function planStarts(situation: Situation, sandbox: ObservedContainer): Plan {
  const waits: number[] = [];
  const plan = (steps: Plan['steps']): Plan => ({
    steps,
    wakeInMs: waits.length > 0 ? Math.min(...waits) : undefined,
  });
  for (const { member, alone } of inOrder(situation, sandbox)) {
    const next = startOf(situation, member, sandbox);
    if (next.kind === 'wait') waits.push(next.ms);
    if (next.kind === 'step') return plan([next.step]);
    if (next.kind === 'hold' && !alone) return plan([]);
  }
  return plan([]);
}

interface Turn {
  readonly member: Member;
  /** Nobody waits for it. */
  readonly alone: boolean;
}

/** Those that may start now. */
function inOrder(situation: Situation, sandbox: ObservedContainer): Turn[] {
  const members = podMembers(situation.record.pod);
  const ephemeral = members.filter(
    (member) => member.kind === 'ephemeral' && isLive(sandbox) && refusalsOf(situation, member).length === 0,
  );
  const { passed, current } = initialization(situation, sandbox);
  const sidecars = passed.filter(({ kind }) => kind === 'sidecar');
  const rest = current ? [current] : members.filter(({ kind }) => kind === 'regular');
  return [
    ...ephemeral.map((member) => ({ member, alone: true })),
    ...[...sidecars, ...rest].map((member) => ({ member, alone: false })),
  ];
}

function startOf(situation: Situation, member: Member, sandbox: ObservedContainer): NextStart {
  const view = viewOf(situation.views, member.spec.name);
  const elsewhere = view.kind === 'exited' && view.last.container?.identity.sandboxId !== sandbox.id;
  // What it did in an earlier sandbox is to be done again in this one, and in another round by all.
  const again = (member.kind === 'init' && elsewhere) || endedFormerly(situation, view);
  return nextStart(situation, member, { sandbox, again });
}
