// Whether a container that does not run is to be started, and when: its restart policy and the kubelet's backoff. The
// wait that follows an attempt is written on the attempt itself, so a restarted agent goes on where it was.
import type { Pod } from '../../common/pod.ts';
import { containerHash } from './container-hash.ts';
import type { ContainerView, EndedAttempt } from './container-view.ts';
import type { Member, PodContainer } from './pod-containers.ts';

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

export function decideRestart(view: ContainerView, member: Member, pod: Pod): RestartDecision {
  switch (view.kind) {
    case 'starting':
    case 'running':
    case 'created':
      return { kind: 'leave' };
    case 'absent':
      return { kind: 'start', attempt: view.attempt, restartDelayMs: 0 };
    case 'exited':
      return willRestart(view.last, member, pod) ? nextAttempt(view.last, member) : { kind: 'leave' };
    default:
      return view satisfies never;
  }
}

/** True when the attempt's end is not the container's end. */
export function willRestart(
  ended: Pick<EndedAttempt, 'exitCode' | 'stopCause'>,
  member: Member,
  pod: Pod,
): boolean {
  return isEndedToRestart(ended) || restartsAfter(ended.exitCode, member, pod);
}

/** We ended it so that it starts anew, whatever its policy says. */
export function isEndedToRestart({ stopCause }: Pick<EndedAttempt, 'stopCause'>): boolean {
  return stopCause === 'definition' || stopCause === 'resize' || stopCause === 'restart-all';
}

/** What follows an attempt that is not to be the last. */
export function nextAttempt(ended: EndedAttempt, member: Member): RestartDecision {
  const attempt = ended.attempt + 1;
  if (isChanged(ended, member)) return { kind: 'start', attempt, restartDelayMs: 0 };
  const steady = ended.lifetimeMs >= RESET_AFTER_MS;
  const delayMs = steady ? 0 : ended.restartDelayMs;
  if (ended.agoMs < delayMs) return { kind: 'wait', delayMs, remainingMs: delayMs - ended.agoMs };
  return { kind: 'start', attempt, restartDelayMs: nextDelay(delayMs) };
}

/** The container's own policy and rules come before its pod's policy. */
function restartsAfter(exitCode: number, { kind, spec }: Member, pod: Pod): boolean {
  if (kind === 'ephemeral') return false;
  if (ruleFor(exitCode, spec)) return true;
  switch (spec.restartPolicy ?? pod.spec.restartPolicy) {
    case 'Never':
      return false;
    case 'OnFailure':
      return exitCode !== 0;
    default:
      return kind === 'init' ? exitCode !== 0 : true;
  }
}

/** The first that covers it counts. */
export function ruleFor(exitCode: number, spec: PodContainer): RestartRule | undefined {
  return spec.restartPolicyRules?.find((rule) => covers(rule, exitCode));
}

type RestartRule = NonNullable<PodContainer['restartPolicyRules']>[number];

function covers({ exitCodes }: RestartRule, exitCode: number): boolean {
  if (!exitCodes) return false;
  const named = (exitCodes.values ?? []).includes(exitCode);
  return exitCodes.operator === 'NotIn' ? !named : named;
}

function isChanged({ hash }: Pick<EndedAttempt, 'hash'>, { spec }: Member): boolean {
  return hash !== '' && hash !== containerHash(spec);
}

function nextDelay(delayMs: number): number {
  return delayMs === 0 ? INITIAL_DELAY_MS : Math.min(MAX_DELAY_MS, delayMs * 2);
}
