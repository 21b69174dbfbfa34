// The events of a pod that the controller has not confirmed. They lie with the pod's record, written together with what
// they are about, so that the agent's next run tells them. Of one that repeats itself the last counts.
import type { PodEvent } from './status-events.ts';

export interface UntoldEvent extends PodEvent {
  readonly timeMs: number;
}

/** The oldest of more are given up. */
const MAX_UNTOLD = 25;

export function withUntold(untold: readonly UntoldEvent[], event: UntoldEvent): readonly UntoldEvent[] {
  return [...untold.filter((other) => !isSame(other, event)), event].slice(-MAX_UNTOLD);
}

function isSame(a: PodEvent, b: PodEvent): boolean {
  return a.type === b.type && a.reason === b.reason && a.message === b.message && a.container === b.container;
}

/** As they are read from the disk. */
export function areUntold(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.every(isUntold));
}

function isUntold(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { type, reason, message, container, timeMs } = value as Record<string, unknown>;
  const texts = [reason, message, container ?? ''].every((text) => typeof text === 'string');
  return (type === 'Normal' || type === 'Warning') && texts && Number.isFinite(timeMs);
}
