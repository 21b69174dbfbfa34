// What to do next for one pod: a list of steps, most urgent first. The worker executes the first and looks again, so a
// step may fail, the agent may die and the world may change between any two. What ought to stop stops before anything
// starts, and nothing starts beside something of the same name that may still run.
import { isTerminal } from '../../common/pod.ts';
import { awaitsObjects } from './container-env.ts';
import { containerHash } from './container-hash.ts';
import type { ContainerView, PodContainer } from './container-view.ts';
import { DEFAULT_GRACE_SECONDS } from './labels.ts';
import { isLive, type ObservedContainer } from './observation.ts';
import { killTargets, stopAll, stopGracefully, stopMessage } from './plan-stop.ts';
import { decideRestart } from './restart.ts';
import { deadlinePassed, SHOW_PULL_ERROR_MS, type Situation } from './situation.ts';

export type Step =
  | { readonly kind: 'create-sandbox'; readonly attempt: number; readonly changed: boolean }
  | { readonly kind: 'start-sandbox'; readonly id: string }
  | { readonly kind: 'ensure-image'; readonly container: string }
  | {
      readonly kind: 'create-container';
      readonly container: string;
      readonly attempt: number;
      readonly restartDelayMs: number;
      readonly imageId: string;
      readonly sandbox: ObservedContainer;
    }
  | { readonly kind: 'start-container'; readonly container: string; readonly id: string }
  /** Ask to end, each with its own stop signal. */
  | { readonly kind: 'signal'; readonly targets: readonly StopTarget[] }
  | { readonly kind: 'kill'; readonly targets: readonly StopTarget[] }
  | { readonly kind: 'remove'; readonly ids: readonly string[] }
  /** Everything has ended: write the tombstone. */
  | { readonly kind: 'bury' };

export interface StopTarget {
  readonly id: string;
  readonly container: string;
  readonly stopSignal: string;
  /** For people; empty when it needs no saying. */
  readonly message: string;
}

export interface Plan {
  readonly steps: readonly Step[];
  /** When to look again if nothing happens; undefined: only when something does. */
  readonly wakeInMs: number | undefined;
}

export function plan(situation: Situation): Plan {
  const { record, observation } = situation;
  if (record.gone) return planRemoval(situation);
  if (record.stopping) {
    const stop = stopAll(situation, record.stopping.graceSeconds, situation.stoppingMs);
    return stop ?? { steps: [{ kind: 'bury' }], wakeInMs: undefined };
  }
  if (isTerminal(record.status)) return stopAll(situation, 0) ?? IDLE;
  if (deadlinePassed(situation)) return stopAll(situation, graceSeconds(situation)) ?? IDLE;
  if (situation.problems.length > 0 && observation.containers.length === 0) {
    return { steps: [], wakeInMs: deadlineWake(situation) };
  }
  return planRun(situation);
}

const IDLE: Plan = { steps: [], wakeInMs: undefined };

function graceSeconds({ record }: Situation): number {
  return record.pod.spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS;
}

/** The tombstone is written: nothing of the pod stays. */
function planRemoval(situation: Situation): Plan {
  const { containers, sandboxes } = situation.observation;
  const all = [...containers, ...sandboxes];
  const live = killTargets(situation, all.filter(isLive));
  if (live) return live;
  if (all.length === 0) return IDLE;
  return { steps: [{ kind: 'remove', ids: all.map(({ id }) => id) }], wakeInMs: undefined };
}

function planRun(situation: Situation): Plan {
  const { observation } = situation;
  const [newest, ...older] = observation.sandboxes;
  const stray = planStrays(situation, newest && isLive(newest) ? newest.id : undefined);
  if (stray) return stray;
  const leftover = older.map(({ id }) => id);
  if (leftover.length > 0) return { steps: [{ kind: 'remove', ids: leftover }], wakeInMs: undefined };
  if (newest?.state.kind === 'created') {
    return withFailureBackoff(situation, 'POD', [{ kind: 'start-sandbox', id: newest.id }]);
  }
  const changed = planChanged(situation);
  const start = planStarts(situation, newest && isLive(newest) ? newest : undefined);
  const deadline = deadlineWake(situation);
  const waits = [changed?.wakeInMs, start.wakeInMs, deadline].filter((ms) => ms !== undefined);
  return {
    steps: [...(changed?.steps ?? []), ...start.steps, ...planTidy(situation)],
    wakeInMs: waits.length > 0 ? Math.min(...waits) : undefined,
  };
}

/** What lives outside the one live sandbox: it has lost its network, and must end before anything starts. */
function planStrays(situation: Situation, sandboxId: string | undefined): Plan | undefined {
  const { containers, sandboxes } = situation.observation;
  const strays = containers.filter(({ identity }) => identity.sandboxId !== sandboxId);
  const live = strays.filter(isLive);
  if (live.length > 0) {
    return stopGracefully(situation, live, {
      grace: graceSeconds(situation),
      elapsedMs: undefined,
      message: stopMessage,
    });
  }
  const unstarted = strays.filter(({ state }) => state.kind === 'created');
  if (unstarted.length > 0) {
    return { steps: [{ kind: 'remove', ids: unstarted.map(({ id }) => id) }], wakeInMs: undefined };
  }
  return killTargets(situation, sandboxes.slice(1).filter(isLive));
}

const changeMessage = (container: string) => `Container ${container} definition changed, will be restarted`;

/** Running containers whose definition is no longer the pod's. */
function planChanged(situation: Situation): Plan | undefined {
  const stale = situation.record.pod.spec.containers.flatMap((spec) => {
    const view = situation.views.get(spec.name);
    return view?.kind === 'running' && view.container.identity.hash !== containerHash(spec)
      ? [view.container]
      : [];
  });
  if (stale.length === 0) return undefined;
  return stopGracefully(situation, stale, {
    grace: graceSeconds(situation),
    elapsedMs: undefined,
    message: changeMessage,
  });
}

function planStarts(situation: Situation, sandbox: ObservedContainer | undefined): Plan {
  const waits: number[] = [];
  const wake = (ms: number) => waits.push(ms);
  const done = (steps: readonly Step[]): Plan => ({
    steps,
    wakeInMs: waits.length > 0 ? Math.min(...waits) : undefined,
  });
  for (const spec of situation.record.pod.spec.containers) {
    const next = nextStart(situation, spec, sandbox);
    if (next.kind === 'wait') wake(next.ms);
    if (next.kind === 'hold') return done([]);
    if (next.kind === 'step') return done([next.step]);
    if (next.kind === 'sandbox') {
      const needed = planSandbox(situation);
      if (needed.wakeInMs !== undefined) wake(needed.wakeInMs);
      return done(needed.steps);
    }
  }
  return done([]);
}

type NextStart =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'wait'; readonly ms: number }
  /** Later containers wait for this one. */
  | { readonly kind: 'hold' }
  | { readonly kind: 'sandbox' }
  | { readonly kind: 'step'; readonly step: Step };

function nextStart(
  situation: Situation,
  spec: PodContainer,
  sandbox: ObservedContainer | undefined,
): NextStart {
  const view: ContainerView = situation.views.get(spec.name) ?? { kind: 'absent', attempt: 0 };
  const hash = containerHash(spec);
  if (view.kind === 'created') return startCreated(situation, spec, view.container);
  const decision = decideRestart(view, situation.record.pod.spec.restartPolicy, hash);
  if (decision.kind === 'leave') return { kind: 'nothing' };
  if (decision.kind === 'wait') return { kind: 'wait', ms: decision.remainingMs };
  if (!sandbox) return { kind: 'sandbox' };
  const failure = situation.failures.get(spec.name);
  if (failure && failure.agoMs < failure.delayMs)
    return { kind: 'wait', ms: failure.delayMs - failure.agoMs };
  const image = situation.images.get(spec.name);
  if (image?.kind === 'pulling') return { kind: 'hold' };
  if (image?.kind === 'failed' && image.agoMs < image.delayMs) {
    const turnsMs = image.agoMs < SHOW_PULL_ERROR_MS ? SHOW_PULL_ERROR_MS : image.delayMs;
    return { kind: 'wait', ms: turnsMs - image.agoMs };
  }
  const container = spec.name;
  if (image?.kind !== 'ready') return { kind: 'step', step: { kind: 'ensure-image', container } };
  // Whoever brings the news wakes the worker.
  if (awaitsObjects(spec, situation.objects)) return { kind: 'nothing' };
  const { attempt, restartDelayMs } = decision;
  const { imageId } = image;
  return {
    kind: 'step',
    step: { kind: 'create-container', container, attempt, restartDelayMs, imageId, sandbox },
  };
}

/** Made by a run of the agent that died before starting it, or one whose start the engine refused without a trace. */
function startCreated(situation: Situation, spec: PodContainer, container: ObservedContainer): NextStart {
  const failure = situation.failures.get(spec.name);
  if (failure && failure.agoMs < failure.delayMs)
    return { kind: 'wait', ms: failure.delayMs - failure.agoMs };
  if (container.identity.hash !== containerHash(spec)) {
    return { kind: 'step', step: { kind: 'remove', ids: [container.id] } };
  }
  return { kind: 'step', step: { kind: 'start-container', container: spec.name, id: container.id } };
}

/** A new sandbox in place of a dead one; the dead one goes first. */
function planSandbox(situation: Situation): Plan {
  const { sandboxes, containers } = situation.observation;
  const newest = sandboxes[0];
  const known = [...sandboxes, ...containers].map(({ identity }) => identity.attempt);
  const attempt = newest ? newest.identity.attempt + 1 : known.length > 0 ? Math.max(...known) + 1 : 0;
  const create: Step = { kind: 'create-sandbox', attempt, changed: containers.length > 0 };
  const steps: Step[] = newest ? [{ kind: 'remove', ids: [newest.id] }] : [create];
  return withFailureBackoff(situation, 'POD', steps);
}

function withFailureBackoff(situation: Situation, what: string, steps: readonly Step[]): Plan {
  const failure = situation.failures.get(what);
  if (failure && failure.agoMs < failure.delayMs) {
    return { steps: [], wakeInMs: failure.delayMs - failure.agoMs };
  }
  return { steps, wakeInMs: undefined };
}

/** Ended attempts that neither `logs` nor `logs --previous` can reach any more. */
function planTidy(situation: Situation): readonly Step[] {
  const ids = situation.record.pod.spec.containers.flatMap((spec) => {
    const attempts = situation.observation.containers.filter(
      ({ identity }) => identity.container === spec.name,
    );
    return attempts
      .slice(2)
      .filter((container) => !isLive(container))
      .map(({ id }) => id);
  });
  return ids.length > 0 ? [{ kind: 'remove', ids }] : [];
}

function deadlineWake(situation: Situation): number | undefined {
  const seconds = situation.record.pod.spec.activeDeadlineSeconds;
  if (seconds === undefined || seconds === null) return undefined;
  return Math.max(0, seconds * 1000 - situation.activeMs);
}
