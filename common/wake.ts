// One "look again" flag: many may raise it, one loop waits for it.
import { aborted } from './aborted.ts';
import type { Clock } from './clock.ts';

export interface Wake {
  raise(): void;
  /**
   * Resolves when it is raised (at once if it was since the last wait), when `ms` have passed (undefined: they never do), or at
   * the abort.
   */
  wait(ms: number | undefined, signal: AbortSignal): Promise<void>;
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
        const until = AbortSignal.any([over.signal, signal]);
        await (ms === undefined ? aborted(until) : clock.sleep(ms, until).catch(() => undefined));
      }
      notify = undefined;
      raised = false;
    },
  };
}
