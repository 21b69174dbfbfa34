// How what runs is ended, as the kubelet does it: the stop begins for all at once, preStop hooks run, then each is asked
// with its own signal, and killed when its grace is over. Hooks and waiting use up the grace, but between signal and kill
// there are two seconds whatever it is. Sidecars serve the others to the end: their turn comes when all the others have
// ended, the last started first.
import { type ContainerNotes, notesOf, type StopCause, type StopNote } from './container-notes.ts';
import { type HookCall, isHookDue } from './hooks.ts';
import { elapsedMs } from './moment.ts';
import { isLive, type ObservedContainer } from './observation.ts';
import type { Plan, Step } from './plan.ts';
import { findMember, podMembers } from './pod-containers.ts';
import type { Situation } from './situation.ts';

/** Whatever the pod says, a container is given this long between the signal and the kill. */
const MIN_GRACE_MS = 2000;
/** A kill that shows no effect is repeated. */
const KILL_AGAIN_MS = 10_000;

export interface StopWish {
  readonly container: ObservedContainer;
  readonly cause: StopCause;
  readonly graceSeconds: number;
  /** For people. */
  readonly message: string;
}

/** Ends all containers, then the sandboxes. Undefined when nothing is left to end. */
export function stopAll(situation: Situation, graceSeconds: number): Plan | undefined {
  const { containers, sandboxes } = situation.observation;
  return (
    stopInTurn(situation, containers.filter(isLive), graceSeconds) ??
    killAll(situation, sandboxes.filter(isLive))
  );
}

/** As parts of the pod that end with it. Undefined when there are none. */
export function stopInTurn(
  situation: Situation,
  live: readonly ObservedContainer[],
  graceSeconds: number,
): Plan | undefined {
  if (live.length === 0) return undefined;
  const turn = new Set(whoseTurn(situation, live));
  const wishes = live.map((container) => ({
    container,
    cause: 'pod' as const,
    graceSeconds,
    message: stopping(container),
  }));
  return stopContainers(situation, wishes, (container) => turn.has(container));
}

export const stopping = ({ identity }: ObservedContainer) => `Stopping container ${identity.container}`;

export function stopContainers(
  situation: Situation,
  wishes: readonly StopWish[],
  hasTurn: (container: ObservedContainer) => boolean = () => true,
): Plan {
  const begun = wishes.flatMap(({ container }): Stop[] => {
    const notes = notesOf(situation.record, container.id);
    return notes.stop ? [stopOf(situation, container, notes.stop, notes)] : [];
  });
  const unbegun = wishes.filter(({ container }) => !notesOf(situation.record, container.id).stop);
  const hooks = begun.filter(({ hook }) => hook === 'due');
  const unasked = begun.filter(
    ({ signalledMs, hook, container, leftMs }) =>
      signalledMs === undefined && (leftMs <= 0 || (hook === 'over' && hasTurn(container))),
  );
  const overdue = begun.filter(({ killInMs }) => killInMs <= 0);
  const kill = killAll(situation, containersOf(overdue));
  const steps: Step[] = [
    ...some(unbegun, (all) => ({ kind: 'begin-stop', wishes: all })),
    ...(kill?.steps ?? []),
    ...some(unasked, (all) => ({ kind: 'signal', targets: containersOf(all) })),
    ...some(hooks, (all) => ({ kind: 'run-hooks', calls: containersOf(all).map(preStopOf) })),
  ];
  const waits = begun.map(({ leftMs, killInMs }) =>
    killInMs < Number.POSITIVE_INFINITY ? killInMs : leftMs,
  );
  return { steps, wakeInMs: soonest([kill?.wakeInMs ?? KILL_AGAIN_MS, ...waits.filter((ms) => ms > 0)]) };
}

function some<T>(items: readonly T[], step: (items: readonly T[]) => Step): Step[] {
  return items.length > 0 ? [step(items)] : [];
}

function containersOf(stops: readonly Stop[]): readonly ObservedContainer[] {
  return stops.map(({ container }) => container);
}

function preStopOf({ id, identity }: ObservedContainer): HookCall {
  return { hook: 'preStop', id, container: identity.container };
}

/** A stop that has begun, as it stands. */
interface Stop {
  readonly container: ObservedContainer;
  /** Of its grace. */
  readonly leftMs: number;
  /** Its preStop hook; also `over` when it has none, or none that may run. */
  readonly hook: 'due' | 'running' | 'over';
  readonly signalledMs: number | undefined;
  /** Infinite until it has been signalled. */
  readonly killInMs: number;
}

function stopOf(
  situation: Situation,
  container: ObservedContainer,
  stop: StopNote,
  notes: ContainerNotes,
): Stop {
  const { now } = situation;
  const leftMs = Math.min(stop.graceSeconds * 1000 - elapsedMs(stop.since, now), podLeftMs(situation));
  const signalledMs = stop.signalled && elapsedMs(stop.signalled, now);
  const killInMs =
    signalledMs === undefined ? Number.POSITIVE_INFINITY : Math.max(leftMs, MIN_GRACE_MS - signalledMs);
  const member = findMember(situation.record.pod, container.identity.container);
  const hasHook = member?.spec.lifecycle?.preStop !== undefined && stop.graceSeconds > 0;
  const over = !hasHook || signalledMs !== undefined || stop.preStop?.outcome !== undefined;
  const hook = over ? 'over' : isHookDue(situation, container.id, 'preStop', notes) ? 'due' : 'running';
  return { container, leftMs, hook: leftMs > 0 ? hook : 'over', signalledMs, killInMs };
}

/** A pod that is to go may have been given less time since. */
function podLeftMs({ record, stoppingMs }: Situation): number {
  return record.stopping ? record.stopping.graceSeconds * 1000 - stoppingMs : Number.POSITIVE_INFINITY;
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

/** Undefined when there is none. */
export function killAll(situation: Situation, live: readonly ObservedContainer[]): Plan | undefined {
  if (live.length === 0) return undefined;
  const agoMs = ({ id }: ObservedContainer) => situation.killedMsAgo.get(id) ?? KILL_AGAIN_MS;
  const due = live.filter((container) => agoMs(container) >= KILL_AGAIN_MS);
  if (due.length === 0)
    return { steps: [], wakeInMs: soonest(live.map((one) => KILL_AGAIN_MS - agoMs(one))) };
  return { steps: [{ kind: 'kill', ids: due.map(({ id }) => id) }], wakeInMs: undefined };
}

function soonest(waits: readonly number[]): number | undefined {
  return waits.length > 0 ? Math.min(...waits) : undefined;
}
