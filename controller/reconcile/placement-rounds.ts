// Placement in rounds: whenever pods or the fleet changed, every pod without an agent is judged once, in the queue's
// order, each decision taking up its room before the next. Decisions are reservations until they are persisted.
import { createLoad, type Load } from '../model/placement/load.ts';
import { comparePlacementOrder, type Decision, place } from '../model/placement/place.ts';
import { occupancy, type PodEntry } from './pod-entry.ts';
import type { PodFleet } from './pod-fleet.ts';

export interface PlacementRounds {
  /** What was decided may no longer hold: judge the waiting pods anew when next asked. */
  invalidate(): void;
  /** The decision about this pod, after judging every waiting pod that is before it in the queue. */
  decide(entry: PodEntry): Decision;
}

export interface PlacementRoundsOptions {
  readonly nodeName: string;
  readonly fleet: PodFleet;
  readonly entries: () => Iterable<PodEntry>;
  /** Whether the pod is to be placed at all. */
  readonly isWaiting: (entry: PodEntry) => boolean;
}

export function createPlacementRounds(options: PlacementRoundsOptions): PlacementRounds {
  const { nodeName, fleet, entries, isWaiting } = options;
  let round = 0;

  const isDue = (entry: PodEntry) =>
    entry.decision?.round !== round && !entry.persisting && !entry.placement && isWaiting(entry);

  const judgeAll = () => {
    const due = [...entries()].filter(isDue);
    for (const entry of due) delete entry.decision;
    const placed = loadOf(entries());
    const agents = fleet.agents();
    due.sort((a, b) => (a.pod && b.pod ? comparePlacementOrder(a.pod, b.pod) : 0));
    for (const entry of due) {
      if (!entry.pod) continue;
      const outcome = place(entry.pod, { nodeName, agents, placed });
      entry.decision = { round, outcome };
      const taken = occupancy(entry);
      if (taken) placed.add(taken);
    }
  };

  return {
    invalidate: () => {
      round += 1;
    },
    decide(entry) {
      if (isDue(entry)) judgeAll();
      return entry.decision?.outcome ?? { kind: 'waiting', summary: 'not judged yet', verdicts: [] };
    },
  };
}

export function loadOf(entries: Iterable<PodEntry>): Load {
  const load = createLoad();
  for (const entry of entries) {
    const taken = occupancy(entry);
    if (taken) load.add(taken);
  }
  return load;
}
