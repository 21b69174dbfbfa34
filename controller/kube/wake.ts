// One "look again" flag: many may raise it, one loop waits for it.
import type { Clock } from '../../common/clock.ts';

export interface Wake {
  raise(): void;
  /** Resolves when it is raised (at once if it was since the last wait), when `ms` have passed, or at the abort. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export function createWake(clock: Clock): Wake {
  let raised = false;
  let notify: (() => void) | undefined;
  return {
    raise() {
      raised = true;
      notify?.();
    },
    async wait(ms, signal) {
      const over = new AbortController();
      notify = () => over.abort();
      if (!raised && !signal.aborted) {
        await clock.sleep(ms, AbortSignal.any([over.signal, signal])).catch(() => undefined);
      }
      notify = undefined;
      raised = false;
    },
  };
}
