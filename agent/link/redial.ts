// How long the link waits before it dials again: moments while the controller is away, longer where this agent is refused,
// and long once it was removed, when only a restored cluster would have it back. Each wait is twice the one before, up to
// the longest of its kind.

/** How an attempt ended. */
export type Ending = 'away' | 'refused' | 'removed';

const PACE: Readonly<Record<Ending, { readonly firstMs: number; readonly maxMs: number }>> = {
  // A thousand agents that dial this often are let in as fast as a controller can shake hands, and soon after it is back.
  away: { firstMs: 1000, maxMs: 5000 },
  refused: { firstMs: 1000, maxMs: 60_000 },
  removed: { firstMs: 5000, maxMs: 900_000 },
};
/** The share of a wait that is random, so that those who left together do not come back together. */
const JITTER = 0.5;

export interface Redial {
  /** Milliseconds until the next attempt; after a session that held well it begins anew. */
  after(ending: Ending, heldWell: boolean): number;
}

export function createRedial(random: () => number): Redial {
  let baseMs = 0;
  return {
    after(ending, heldWell) {
      const { firstMs, maxMs } = PACE[ending];
      baseMs = heldWell ? firstMs : Math.max(firstMs, Math.min(maxMs, baseMs * 2));
      return baseMs * (1 - JITTER * random());
    },
  };
}
