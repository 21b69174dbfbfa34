// Placement in rounds: whenever pods or the fleet changed, every pod without an agent is judged once, in the queue's
// order, each decision taking up its room before the next. Decisions are reservations until they are persisted.
import type { Pod } from '../../common/pod.ts';
import { type Decision, decide, type WaitingDecision } from '../model/placement/decide.ts';
import { createHolds } from '../model/placement/holds.ts';
import { pendingKind } from '../model/placement/pending-kind.ts';
import { type PlacementContext, type Verdict, verdicts } from '../model/placement/place.ts';
import { comparePlacementOrder } from '../model/placement/queue-order.ts';
import { waitingSince } from '../model/placement-record.ts';
import type { PodBook } from './pod-book.ts';
import type { PodEntry } from './pod-entry.ts';
import type { PlacementView, PodFleet } from './pod-fleet.ts';

export interface PlacementRounds {
  /** What was decided may no longer hold: judge the waiting pods anew when next asked. */
  invalidate(): void;
  /** The decision about this pod, after judging every waiting pod that is before it in the queue. */
  decide(entry: PodEntry): Decision;
  /** What placement thinks of every agent now, the pod itself left out of account. */
  verdicts(pod: Pod): readonly Verdict[];
  /** When time alone changes a decision, Unix milliseconds; undefined: it does not. */
  readonly dueAtMs: number | undefined;
}

export interface PlacementRoundsOptions {
  readonly fleet: PodFleet;
  readonly book: PodBook;
  readonly volumes: PlacementContext['volumes'];
  readonly nowMs: () => number;
  /** Whether the pod is to be placed at all. */
  readonly isWaiting: (entry: PodEntry) => boolean;
  /** A pod that nobody asked about can be placed now. */
  readonly onPlaceable: (entry: PodEntry) => void;
}

const NOT_JUDGED: WaitingDecision = {
  kind: 'waiting',
  summary: 'not judged yet',
  isUpToOthers: false,
};
/** Waiting pods are not judged anew more often for the sake of time alone. */
const LEAST_MS = 5000;

export function createPlacementRounds(options: PlacementRoundsOptions): PlacementRounds {
  const { fleet, book, volumes, isWaiting, nowMs } = options;
  let round = 0;
  let holds = createHolds();
  let dueAtMs: number | undefined;

  const isDue = (entry: PodEntry) =>
    entry.decision?.round !== round && !entry.persisting && !entry.placement && isWaiting(entry);

  const decideOn = (entry: PodEntry, outcome: Decision) => {
    entry.decision = { round, outcome };
    if (outcome.kind === 'waiting' && outcome.hold && entry.pod) holds.keep(entry.pod, outcome.hold);
    book.note(entry);
  };

  const judgeAll = (asker: PodEntry) => {
    const views = new Map<string, PlacementView>();
    const viewOf = (nodeName: string): PlacementView => {
      const view = views.get(nodeName) ?? fleet.placementView(nodeName);
      views.set(nodeName, view);
      return view;
    };
    const startMs = nowMs();
    const labelsMatter = [...book.load.groups()].some(({ terms }) => terms.apart.length > 0);
    /** Pods of one kind and node fare alike: once one of them waits in vain, so do those behind it. */
    const inVain = new Map<string, Decision>();
    const judge = (pod: Pod): Decision => {
      holds.release(pod.metadata.uid);
      const { nodeName = '' } = pod.spec;
      const kind = `${nodeName} ${pendingKind(pod, { labelsMatter, volumes: volumes(pod) })}`;
      const known = inVain.get(kind);
      if (known) return known;
      const waitedMs = startMs - (waitingSince(pod.status) ?? startMs);
      const decision = decide(pod, { ...viewOf(nodeName), placed: book.load, holds, volumes, waitedMs });
      if (decision.kind !== 'agent' && !isHolding(decision)) inVain.set(kind, decision);
      if (decision.kind === 'waiting' && decision.changesInMs !== undefined) {
        dueAtMs = Math.min(
          dueAtMs ?? Number.POSITIVE_INFINITY,
          startMs + Math.max(LEAST_MS, decision.changesInMs),
        );
      }
      return decision;
    };

    let asked = [...book.unplaced()].filter(isDue);
    for (const entry of asked) {
      delete entry.decision;
      book.note(entry);
    }
    while (asked.length > 0) {
      let placed = 0;
      for (const entry of inOrder(asked)) {
        if (!entry.pod) continue;
        const outcome = judge(entry.pod);
        decideOn(entry, outcome);
        if (outcome.kind !== 'agent') continue;
        placed += 1;
        if (entry !== asker) options.onPlaceable(entry);
      }
      // A pod that came may be the one that others want to be with, or even out their spread.
      inVain.clear();
      asked = placed === 0 ? [] : [...book.unplaced()].filter(isHeldOffByOthers);
    }
  };

  return {
    get dueAtMs() {
      return dueAtMs;
    },
    invalidate() {
      round += 1;
      holds = createHolds();
      dueAtMs = undefined;
    },
    verdicts(pod) {
      const view = fleet.placementView(pod.spec.nodeName ?? '');
      const context = { ...view, placed: book.load, holds, volumes };
      return book.load.without([pod.metadata.uid], () => verdicts(pod, context));
    },
    decide(entry) {
      if (isDue(entry)) judgeAll(entry);
      return entry.decision?.outcome ?? NOT_JUDGED;
    },
  };
}

function inOrder(entries: readonly PodEntry[]): PodEntry[] {
  return entries.toSorted((a, b) => (a.pod && b.pod ? comparePlacementOrder(a.pod, b.pod) : 0));
}

function isHolding(decision: Decision): boolean {
  return decision.kind === 'waiting' && decision.hold !== undefined;
}

function isHeldOffByOthers({ decision }: PodEntry): boolean {
  if (decision?.outcome.kind !== 'waiting') return false;
  return decision.outcome.isUpToOthers;
}
