// Whether a container that does not run is to be started, and when: the restart policy and the kubelet's backoff. The
// wait that follows an attempt is written on the attempt itself, so a restarted agent goes on where it was.
import type { ContainerView, EndedAttempt } from './container-view.ts';

export const INITIAL_DELAY_MS = 10_000;
export const MAX_DELAY_MS = 300_000;
/** An attempt that lived this long starts the backoff anew. */
export const RESET_AFTER_MS = 2 * MAX_DELAY_MS;

export type RestartDecision =
  /** Runs, or has ended for good. */
  | { readonly kind: 'leave' }
  | { readonly kind: 'start'; readonly attempt: number; readonly restartDelayMs: number }
  /** `delayMs`: the whole wait; `remainingMs`: what is left of it. */
  | { readonly kind: 'wait'; readonly delayMs: number; readonly remainingMs: number };

export function decideRestart(
  view: ContainerView,
  policy: string | undefined,
  hash: string,
): RestartDecision {
  switch (view.kind) {
    case 'running':
    case 'created':
      return { kind: 'leave' };
    case 'absent':
      return { kind: 'start', attempt: view.attempt, restartDelayMs: 0 };
    case 'exited':
      return afterExit(view.last, policy, hash);
    default:
      return view satisfies never;
  }
}

/** True when the attempt's end is not the container's end. One that we ended for another definition goes on as that. */
export function willRestart(
  ended: Pick<EndedAttempt, 'exitCode' | 'hash' | 'stopped'>,
  policy: string | undefined,
  hash: string,
): boolean {
  if (ended.stopped && isChanged(ended, hash)) return true;
  if (policy === 'Never') return false;
  return policy === 'OnFailure' ? ended.exitCode !== 0 : true;
}

function afterExit(ended: EndedAttempt, policy: string | undefined, hash: string): RestartDecision {
  if (!willRestart(ended, policy, hash)) return { kind: 'leave' };
  const attempt = ended.attempt + 1;
  if (isChanged(ended, hash)) return { kind: 'start', attempt, restartDelayMs: 0 };
  const steady = ended.lifetimeMs >= RESET_AFTER_MS;
  const delayMs = steady ? 0 : ended.restartDelayMs;
  if (ended.agoMs < delayMs) return { kind: 'wait', delayMs, remainingMs: delayMs - ended.agoMs };
  return { kind: 'start', attempt, restartDelayMs: nextDelay(delayMs) };
}

function isChanged(ended: Pick<EndedAttempt, 'hash'>, hash: string): boolean {
  return ended.hash !== '' && ended.hash !== hash;
}

function nextDelay(delayMs: number): number {
  return delayMs === 0 ? INITIAL_DELAY_MS : Math.min(MAX_DELAY_MS, delayMs * 2);
}
