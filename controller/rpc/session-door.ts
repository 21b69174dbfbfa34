// Where agents wait for this controller to lead, for as long as they would stay and try again: a fleet that is back before
// the Lease of the leader before has lapsed comes in the moment it has. They come in a few at a time, so that everything
// else has its turn, the renewal of the Lease among it.
import type { Clock } from '../../common/clock.ts';
import { LongshoreError } from '../../common/errors.ts';

export interface SessionDoor {
  /**
   * Resolves at once while it is open, else when its turn has come once it is. Rejects with `unavailable` when that takes
   * too long or too many wait, and with the signal's reason when that aborts.
   */
  enter(signal: AbortSignal): Promise<void>;
  /** Resolves when all who waited are in, or when it is shut again. */
  open(): Promise<void>;
  shut(): void;
}

export const NOT_LEADER = 'this controller is not the leader (yet): try again';

/** Then it may be another controller that leads, behind the same name: a new connection finds it. */
const PATIENCE_MS = 10_000;
const AT_ONCE = 10;

export function createSessionDoor(clock: Clock, maxWaiting: number): SessionDoor {
  const waiting = new Set<() => void>();
  let isOpen = false;

  return {
    async enter(signal) {
      if (isOpen) return;
      if (waiting.size >= maxWaiting) throw new LongshoreError('unavailable', NOT_LEADER);
      const letIn = new AbortController();
      const come = () => letIn.abort();
      waiting.add(come);
      try {
        await clock.sleep(PATIENCE_MS, AbortSignal.any([letIn.signal, signal]));
      } catch (error) {
        if (letIn.signal.aborted) return;
        throw error;
      } finally {
        waiting.delete(come);
      }
      throw new LongshoreError('unavailable', NOT_LEADER);
    },
    async open() {
      isOpen = true;
      while (isOpen && waiting.size > 0) {
        for (const come of [...waiting].slice(0, AT_ONCE)) {
          waiting.delete(come);
          come();
        }
        if (waiting.size > 0) await clock.sleep(0);
      }
    },
    shut() {
      isOpen = false;
    },
  };
}
