// Placement in rounds: whenever pods or the fleet changed, pods without an agent are judged anew, in the queue's order, each
// decision taking up its room before the next. A pod that is asked about is judged after those before it; those behind it
// wait until they are asked about, unless it depends on whom it would meet. Decisions are reservations until they are
// persisted.
import type { Clock } from '../../common/clock.ts';
import type { Pod } from '../../common/pod.ts';
import { type Decision, decide, type WaitingDecision } from '../model/placement/decide.ts';
import { createHolds } from '../model/placement/holds.ts';
import { pendingKind } from '../model/placement/pending-kind.ts';
import { type PlacementContext, type Verdict, verdicts } from '../model/placement/place.ts';
import { podTerms } from '../model/placement/pod-terms.ts';
import { comparePlacementOrder } from '../model/placement/queue-order.ts';
import { stillSuits } from '../model/placement/still-suits.ts';
import { waitingSince } from '../model/placement-record.ts';
import type { PodBook } from './pod-book.ts';
import type { PodEntry } from './pod-entry.ts';
import type { PlacementView, PodFleet } from './pod-fleet.ts';

export interface PlacementRounds {
  /**
   * What was decided may no longer hold: judge the waiting pods anew when next asked. Rounds that take long begin less
   * often: then it answers in how many milliseconds to say so again.
   */
  invalidate(): number;
  /** A pod came to wait, or is another than before. */
  arrived(entry: PodEntry): void;
  /**
   * The decision about this pod, after judging every waiting pod that is before it in the queue; undefined: there are too
   * many for one go, or an agent changed meanwhile: ask again.
   */
  decide(entry: PodEntry): Decision | undefined;
  /** Judges on where `onUnfinished` was told. */
  goOn(): void;
  /** What placement thinks of every agent now, the pod itself left out of account. */
  verdicts(pod: Pod): readonly Verdict[];
  /** When time alone changes a decision, Unix milliseconds; undefined: it does not. */
  readonly dueAtMs: number | undefined;
}

export interface PlacementRoundsOptions {
  readonly fleet: PodFleet;
  readonly book: PodBook;
  readonly volumes: PlacementContext['volumes'];
  readonly clock: Clock;
  /** Whether the pod is to be placed at all. */
  readonly isWaiting: (entry: PodEntry) => boolean;
  /** A pod that nobody asked about can be placed now. */
  readonly onPlaceable: (entry: PodEntry) => void;
  /** Pods that others held off are left to be judged anew: once others had their turn, `goOn`. */
  readonly onUnfinished: () => void;
  /** Hears of every decision. */
  readonly onDecided?: OnDecided | undefined;
}

export type OnDecided = (outcome: 'agent' | 'waiting' | 'preempting' | 'reject', durationMs: number) => void;

const NOT_JUDGED: WaitingDecision = {
  kind: 'waiting',
  summary: 'not judged yet',
  rules: [],
  isUpToOthers: false,
};
/** Waiting pods are not judged anew more often for the sake of time alone. */
const LEAST_MS = 5000;
/** Judged in one go at most, and for how long: others want their turn, the renewal of the leader's Lease among them. */
const AT_ONCE = 200;
const GO_MS = 50;
/** Judging takes at most this part of the time while the fleet changes all the time, as when a thousand agents connect. */
const SHARE = 0.2;

/** What is known within one round. */
interface Round {
  /** Those that wait, in order, from `next` on not judged yet. */
  readonly queue: PodEntry[];
  next: number;
  /** A pod came since those were judged that others hold off. */
  hasPlaced: boolean;
  /** Those of them that are yet to be judged anew for its sake, the last one first. */
  heldOff: PodEntry[];
  /** Some pod in the fleet keeps others away by their labels. */
  labelsMatter: boolean;
  /** Pods of one kind and node fare alike: once one of them waits in vain, so do those behind it. */
  readonly inVain: Map<string, Decision>;
  readonly views: Map<string, PlacementView>;
  readonly beganAtMs: number;
  /** On judging so far. */
  spentMs: number;
}

/** What is judged before others have their turn. */
interface Go {
  /** For whom. */
  readonly asker?: PodEntry | undefined;
  readonly beganAtMs: number;
  judged: number;
}

export function createPlacementRounds(options: PlacementRoundsOptions): PlacementRounds {
  const { fleet, book, volumes, isWaiting, clock } = options;
  const nowMs = () => clock.now();
  let number = 0;
  let round: Round | undefined;
  let holds = createHolds();
  let dueAtMs: number | undefined;

  const isDue = (entry: PodEntry) =>
    entry.decision?.round !== number && !entry.persisting && !entry.placement && isWaiting(entry);

  const startAfresh = () => {
    number += 1;
    round = undefined;
    holds = createHolds();
    dueAtMs = undefined;
  };

  const begin = (): Round => {
    const queue = inOrder([...book.unplaced()].filter(isDue));
    for (const entry of queue) {
      delete entry.decision;
      book.note(entry);
    }
    const labelsMatter = [...book.load.groups()].some(({ terms }) => terms.apart.length > 0);
    const known = { labelsMatter, inVain: new Map(), views: new Map() };
    const beganAtMs = clock.monotonicMs();
    return { queue, next: 0, hasPlaced: false, heldOff: [], ...known, beganAtMs, spentMs: 0 };
  };

  const judge = (pod: Pod, { inVain, views, labelsMatter }: Round): Decision => {
    holds.release(pod.metadata.uid);
    const { nodeName = '' } = pod.spec;
    const kind = `${nodeName} ${pendingKind(pod, { labelsMatter, volumes: volumes(pod) })}`;
    const known = inVain.get(kind);
    if (known) return known;
    const view = views.get(nodeName) ?? fleet.placementView(nodeName);
    views.set(nodeName, view);
    const waitedMs = nowMs() - (waitingSince(pod.status) ?? nowMs());
    const context = { ...view, budgets: fleet.budgets(), placed: book.load, holds, volumes, waitedMs };
    const decision = decide(pod, context);
    if (decision.kind !== 'agent' && !isHolding(decision)) inVain.set(kind, decision);
    if (decision.kind === 'waiting' && decision.changesInMs !== undefined) {
      const changesAtMs = nowMs() + Math.max(LEAST_MS, decision.changesInMs);
      dueAtMs = Math.min(dueAtMs ?? Number.POSITIVE_INFINITY, changesAtMs);
    }
    return decision;
  };

  const newGo = (asker?: PodEntry): Go => ({ asker, beganAtMs: clock.monotonicMs(), judged: 0 });

  /** It judges one pod at least: even those that take long come to an end. */
  const isOver = ({ judged, beganAtMs }: Go): boolean =>
    judged >= AT_ONCE || (judged > 0 && clock.monotonicMs() - beganAtMs >= GO_MS);

  const judgeEntry = (entry: PodEntry, now: Round, go: Go): void => {
    if (!entry.pod) return;
    go.judged += 1;
    const sinceMs = clock.monotonicMs();
    const outcome = judge(entry.pod, now);
    const isPreempting = outcome.kind === 'waiting' && (outcome.victims?.length ?? 0) > 0;
    options.onDecided?.(isPreempting ? 'preempting' : outcome.kind, clock.monotonicMs() - sinceMs);
    entry.decision = { round: number, outcome };
    if (outcome.kind === 'waiting' && outcome.hold) holds.keep(entry.pod, outcome.hold);
    book.note(entry);
    if (outcome.kind !== 'agent') return;
    now.hasPlaced = true;
    if (!now.labelsMatter && podTerms(entry.pod).apart.length > 0) {
      now.labelsMatter = true;
      now.inVain.clear();
    }
    if (entry !== go.asker) options.onPlaceable(entry);
  };

  /** Judges the queue as far as this says. False: there is more of it than may be judged in one go. */
  const judgeQueue = (now: Round, go: Go, isAsFar: (next: PodEntry) => boolean): boolean => {
    for (; ; now.next++) {
      const entry = now.queue[now.next];
      if (!entry || isAsFar(entry)) return true;
      if (!isDue(entry)) continue;
      if (isOver(go)) return false;
      judgeEntry(entry, now, go);
    }
  };

  /** A pod that came may be the one that others want to be with, or even out their spread. */
  const judgeHeldOff = (now: Round, go: Go): void => {
    for (;;) {
      if (now.heldOff.length === 0) {
        if (!now.hasPlaced) return;
        now.hasPlaced = false;
        now.inVain.clear();
        now.heldOff = inOrder([...book.unplaced()].filter(isHeldOffByOthers)).reverse();
      }
      if (now.heldOff.length > 0 && isOver(go)) {
        options.onUnfinished();
        return;
      }
      const entry = now.heldOff.pop();
      if (entry && isHeldOffByOthers(entry)) judgeEntry(entry, now, go);
    }
  };

  const decideIn = (now: Round, entry: PodEntry): Decision | undefined => {
    const go = newGo(entry);
    if (isDue(entry)) {
      if (!judgeQueue(now, go, (next) => !isBefore(next, entry))) return undefined;
      if (isDue(entry) && isOver(go)) return undefined;
      if (isDue(entry)) judgeEntry(entry, now, go);
    }
    // Those behind it in the queue may be the ones that it waits for.
    if (isHeldOffByOthers(entry) && !judgeQueue(now, go, () => false)) return undefined;
    if (judgeQueue(now, go, isDue) && now.next >= now.queue.length) judgeHeldOff(now, go);
    return entry.decision?.outcome ?? NOT_JUDGED;
  };

  /** The round may be older than what its agent has become since. */
  const isOutdated = ({ pod }: PodEntry, decision: Decision, { views }: Round): boolean => {
    const agentUid = agentActedOn(decision);
    const view = views.get(pod?.spec.nodeName ?? '');
    if (!pod || !view || agentUid === undefined) return false;
    const agent = fleet.placementAgent(agentUid);
    const victims = decision.kind === 'waiting' ? decision.victims : undefined;
    return !stillSuits({ pod, agent, victims, context: { ...view, placed: book.load, volumes } });
  };

  return {
    get dueAtMs() {
      return dueAtMs;
    },
    invalidate() {
      const freshAtMs = round ? round.beganAtMs + round.spentMs / SHARE : 0;
      const earlyMs = freshAtMs - clock.monotonicMs();
      if (earlyMs > 0) return earlyMs;
      startAfresh();
      return 0;
    },
    verdicts(pod) {
      const view = fleet.placementView(pod.spec.nodeName ?? '');
      return verdicts(pod, { ...view, placed: book.load.without(pod.metadata.uid), holds, volumes });
    },
    arrived(entry) {
      if (round && isDue(entry)) insert(round, entry);
    },
    decide(entry) {
      const sinceMs = clock.monotonicMs();
      round ??= begin();
      const decision = decideIn(round, entry);
      round.spentMs += clock.monotonicMs() - sinceMs;
      if (!decision || !isOutdated(entry, decision, round)) return decision;
      startAfresh();
      return undefined;
    },
    goOn() {
      if (!round) return;
      const go = newGo();
      judgeHeldOff(round, go);
      round.spentMs += clock.monotonicMs() - go.beganAtMs;
    },
  };
}

function inOrder(entries: readonly PodEntry[]): PodEntry[] {
  return entries.toSorted(compare);
}

function compare(a: PodEntry, b: PodEntry): number {
  return a.pod && b.pod ? comparePlacementOrder(a.pod, b.pod) : 0;
}

function isBefore(a: PodEntry, b: PodEntry): boolean {
  return compare(a, b) < 0;
}

/** Among those that are not judged yet, where it belongs. */
function insert({ queue, next }: Round, entry: PodEntry): void {
  let [low, high] = [next, queue.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = queue[middle];
    if (other && isBefore(other, entry)) low = middle + 1;
    else high = middle;
  }
  queue.splice(low, 0, entry);
}

/** The UID of the agent where something happens by this decision: the pod goes there, or others end. */
function agentActedOn(decision: Decision): string | undefined {
  if (decision.kind === 'agent') return decision.placement.agentUid;
  return decision.kind === 'waiting' && decision.victims ? decision.hold : undefined;
}

function isHolding(decision: Decision): boolean {
  return decision.kind === 'waiting' && decision.hold !== undefined;
}

function isHeldOffByOthers({ decision }: PodEntry): boolean {
  if (decision?.outcome.kind !== 'waiting') return false;
  return decision.outcome.isUpToOthers;
}
