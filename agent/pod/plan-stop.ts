// How what runs is ended: asked first, each with its own signal, and killed when its grace is over. Sidecars serve the
// others to the end: their turn comes when all the others have ended, the last started first.
import { isLive, type ObservedContainer } from './observation.ts';
import type { Plan, StopTarget } from './plan.ts';
import { podMembers } from './pod-containers.ts';
import type { Situation } from './situation.ts';

/** Whatever the pod says, a container is given this long between the signal and the kill. */
const MIN_GRACE_MS = 2000;
/** A kill that shows no effect is repeated. */
const KILL_AGAIN_MS = 10_000;

/**
 * Ends all containers, then the sandboxes. `elapsedMs`: how much of the grace is already used up; undefined: each
 * container's starts with its signal. Undefined when nothing is left to end.
 */
export function stopAll(situation: Situation, grace: number, elapsedMs?: number): Plan | undefined {
  const { containers, sandboxes } = situation.observation;
  const live = containers.filter(isLive);
  if (live.length === 0) return killTargets(situation, sandboxes.filter(isLive));
  const overdue = elapsedMs !== undefined && elapsedMs >= grace * 1000;
  const turn = overdue ? live : whoseTurn(situation, live);
  return stopGracefully(situation, turn, { grace, elapsedMs, message: stopMessage });
}

function whoseTurn({ record }: Situation, live: readonly ObservedContainer[]): readonly ObservedContainer[] {
  const sidecars = podMembers(record.pod)
    .filter(({ kind }) => kind === 'sidecar')
    .map(({ spec }) => spec.name);
  const place = ({ identity }: ObservedContainer) => sidecars.indexOf(identity.container);
  const others = live.filter((container) => place(container) < 0);
  if (others.length > 0) return others;
  const last = Math.max(...live.map(place));
  return live.filter((container) => place(container) === last);
}

export const stopMessage = (container: string) => `Stopping container ${container}`;

export interface StopOptions {
  readonly grace: number;
  readonly elapsedMs: number | undefined;
  readonly message: (container: string) => string;
}

export function stopGracefully(
  situation: Situation,
  live: readonly ObservedContainer[],
  options: StopOptions,
): Plan {
  const { signalledMsAgo } = situation;
  const unasked = live.filter(({ id }) => !signalledMsAgo.has(id));
  if (unasked.length > 0) {
    const targets = unasked.map((container) => target(container, options.message));
    return { steps: [{ kind: 'signal', targets }], wakeInMs: undefined };
  }
  const remainingMs = ({ id }: ObservedContainer): number => {
    const signalledMs = signalledMsAgo.get(id) ?? 0;
    const usedMs = options.elapsedMs ?? signalledMs;
    return Math.max(options.grace * 1000 - usedMs, MIN_GRACE_MS - signalledMs);
  };
  const overdue = live.filter((container) => remainingMs(container) <= 0);
  const kill = killTargets(situation, overdue);
  if (kill && kill.steps.length > 0) return kill;
  const waits = live.map(remainingMs).filter((ms) => ms > 0);
  return { steps: [], wakeInMs: Math.min(kill?.wakeInMs ?? KILL_AGAIN_MS, ...waits) };
}

/** Undefined when there is none. */
export function killTargets(situation: Situation, live: readonly ObservedContainer[]): Plan | undefined {
  if (live.length === 0) return undefined;
  const { killedMsAgo } = situation;
  const due = live.filter(({ id }) => (killedMsAgo.get(id) ?? KILL_AGAIN_MS) >= KILL_AGAIN_MS);
  if (due.length === 0) {
    const waits = live.map(({ id }) => KILL_AGAIN_MS - (killedMsAgo.get(id) ?? 0));
    return { steps: [], wakeInMs: Math.min(...waits) };
  }
  return {
    steps: [{ kind: 'kill', targets: due.map((container) => target(container)) }],
    wakeInMs: undefined,
  };
}

function target(container: ObservedContainer, message?: (name: string) => string): StopTarget {
  const { id, identity, stopSignal } = container;
  return { id, container: identity.container, stopSignal, message: message?.(identity.container) ?? '' };
}
