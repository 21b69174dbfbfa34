// What becomes of a pod that needs an agent now: it goes to one, or it waits, perhaps with room kept for it. In this
// order: place it; keep room where pods that are ending will leave enough; end pods of lower priority; and when it has
// waited for long, keep an agent free for it, so that smaller pods cannot starve it. A decision is kept for as long as the
// pod waits, so it holds no more than its outcome; verdicts on each agent are made when somebody asks (place.ts).
import type { Pod } from '../../../common/pod.ts';
import type { DisruptionBudgets } from './disruption-budget.ts';
import type { Load } from './load.ts';
import { type Outcome, type PlacementContext, place } from './place.ts';
import { findPreemption } from './preempt.ts';
import { priorityOf } from './queue-order.ts';
import { type Rejection, rejection } from './rejection.ts';
import { agentToReserve, isReserving, reservationChangesInMs } from './reservation.ts';

export type Decision =
  | Extract<Outcome, { kind: 'agent' }>
  | WaitingDecision
  | ({ readonly kind: 'reject' } & Rejection);

export interface WaitingDecision {
  readonly kind: 'waiting';
  readonly summary: string;
  /** The rules that keep it off agents, each once. */
  readonly rules: readonly string[];
  /** Of the event that tells it; undefined: no agent fits. */
  readonly reason?: string;
  /** It will be decided in a moment: nobody is told. */
  readonly isEarly?: boolean;
  /** On some agent it is other pods' company that keeps it off: those that come may let it in. */
  readonly isUpToOthers: boolean;
  /** The UID of the agent on which room is kept for it. */
  readonly hold?: string;
  /** Pods of lower priority that must end there. */
  readonly victims?: readonly Pod[];
  /** When the time that it has waited makes a difference. */
  readonly changesInMs?: number;
}

export interface DecisionContext extends PlacementContext {
  readonly placed: Load;
  /** Undefined: they are not known, so nobody is ended for another. */
  readonly budgets: DisruptionBudgets | undefined;
  /** Undefined: they are known. Until then rules between pods of several namespaces cannot be kept, so nothing is placed. */
  readonly unlistedNamespaces?: UnlistedNamespaces | undefined;
  /** How long the pod has waited so far. */
  readonly waitedMs: number;
}

export interface UnlistedNamespaces {
  /** Why listing them fails; undefined: it is under way. */
  readonly trouble: string | undefined;
}

const UNHEARD: WaitingDecision = {
  kind: 'waiting',
  summary: 'its claims are being read',
  rules: ['VolumeBinding'],
  isUpToOthers: false,
  isEarly: true,
};
/** No agent was looked at: there is none, or none could ever be chosen. */
const NO_AGENT = 'NoAgent';
const COMPANY: ReadonlySet<string> = new Set(['InterPodAffinity', 'PodTopologySpread']);

export function decide(pod: Pod, context: DecisionContext): Decision {
  if (context.unlistedNamespaces) return untilListed(context.unlistedNamespaces);
  const need = context.volumes(pod);
  if (need.kind === 'unheard') return UNHEARD;
  if (need.kind === 'waiting') {
    const { summary, reason } = need;
    return { kind: 'waiting', summary, rules: ['VolumeBinding'], reason, isUpToOthers: false };
  }
  const outcome = place(pod, context);
  if (outcome.kind === 'agent') return outcome;
  const waiting = waitWithRoom(pod, outcome, context);
  const refused = waiting.hold === undefined ? rejection(pod, outcome) : undefined;
  return refused ? { kind: 'reject', ...refused } : waiting;
}

function untilListed({ trouble }: UnlistedNamespaces): WaitingDecision {
  const summary = trouble ?? 'the namespaces are being listed';
  return {
    ...{ kind: 'waiting', summary, rules: [NO_AGENT], isUpToOthers: false },
    isEarly: trouble === undefined,
  };
}

function waitWithRoom(
  pod: Pod,
  outcome: Extract<Outcome, { kind: 'none' }>,
  context: DecisionContext,
): WaitingDecision {
  const { summary, judged } = outcome;
  const found = new Set<string>();
  for (const { obstacles } of judged) for (const { rule } of obstacles) found.add(rule);
  const rules = [...found];
  const wait = (extra: Omit<WaitingDecision, 'kind' | 'rules' | 'isUpToOthers'>): WaitingDecision => ({
    kind: 'waiting',
    rules: rules.length > 0 ? rules : [NO_AGENT],
    isUpToOthers: rules.some((rule) => COMPANY.has(rule)),
    ...extra,
  });
  const isCurable = judged.some(({ obstacles }) => obstacles.every(({ until }) => until === 'room'));
  if (!isCurable) return wait({ summary });

  const { placed, budgets } = context;
  const settled = { ...context, placed: placed.settled() };
  const later = settled.placed === placed ? outcome : place(pod, settled, judged);
  if (later.kind === 'agent') {
    const { agent, agentUid } = later.placement;
    return wait({ summary: `${summary}; waits for pods that are ending on ${agent}`, hold: agentUid });
  }
  const { judged: left, room } = later;
  const mayPreempt = budgets && room && placed.hasBelow(priorityOf(pod));
  const preemption = mayPreempt && findPreemption({ pod, judged: left, room, context: settled, budgets });
  if (preemption) {
    const { agent, victims } = preemption;
    const ended = victims.length === 1 ? '1 pod' : `${victims.length} pods`;
    const text = `${summary}; ends ${ended} of lower priority on ${agent.name}`;
    return wait({ summary: text, hold: agent.uid, victims });
  }
  const reserved = agentToReserve(pod, judged, context);
  if (!reserved) return wait({ summary });
  const changesInMs = reservationChangesInMs(context.waitedMs);
  return isReserving(context.waitedMs)
    ? wait({ summary: `${summary}; ${reserved.name} is kept free for it`, hold: reserved.uid, changesInMs })
    : wait({ summary, changesInMs });
}
