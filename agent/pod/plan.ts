// What to do next for one pod: a list of steps, most urgent first. The worker executes the first and looks again, so a
// step may fail, the agent may die and the world may change between any two. What ought to stop stops before anything
// starts, and nothing starts beside something of the same name that may still run.
import { isTerminal } from '../../common/pod.ts';
import type { HookCall } from './hooks.ts';
import { isOver } from './initialization.ts';
import { DEFAULT_GRACE_SECONDS } from './labels.ts';
import { isSandboxStarting } from './launch.ts';
import { isLive, type ObservedContainer } from './observation.ts';
import { planRun } from './plan-run.ts';
import { killAll, type StopWish, stopAll } from './plan-stop.ts';
import { planTearDown } from './plan-volumes.ts';
import { podRefusals } from './refusals.ts';
import type { AppliedLimits } from './resize.ts';
import { deadlinePassed, deadlineWakeMs, type Situation } from './situation.ts';

export type Step =
  /** Make what is missing of the pod's volumes, renew what has changed. */
  | { readonly kind: 'set-up-volumes' }
  /** They have been waited for too long. */
  | { readonly kind: 'tell-unmounted'; readonly volumes: readonly string[] }
  | { readonly kind: 'tear-down-volumes' }
  | { readonly kind: 'create-sandbox'; readonly attempt: number; readonly changed: boolean }
  /** Beside the worker, which makes ready meanwhile what is to run in it. */
  | { readonly kind: 'start-sandbox'; readonly id: string }
  /** `image`: whose, a container's name or a volume's key. */
  | { readonly kind: 'ensure-image'; readonly image: string }
  | {
      readonly kind: 'create-container';
      readonly container: string;
      readonly attempt: number;
      readonly restartDelayMs: number;
      /** Undefined: all containers of the pod start for the first time. */
      readonly round?: number;
      readonly imageId: string;
      /** Where it does not run yet, the container is made for it and no more. */
      readonly sandbox: ObservedContainer;
      /** Docker's id of the container whose processes an ephemeral one is to see. */
      readonly targetId?: string;
    }
  /** Which was made before its sandbox ran. */
  | {
      readonly kind: 'start-container';
      readonly container: string;
      readonly id: string;
      readonly sandbox: ObservedContainer;
    }
  /** Begin them, or see to the end what an earlier run of the agent has begun. */
  | { readonly kind: 'run-hooks'; readonly calls: readonly HookCall[] }
  /** From now on their grace counts. */
  | { readonly kind: 'begin-stop'; readonly wishes: readonly StopWish[] }
  | {
      readonly kind: 'resize-container';
      readonly container: string;
      readonly id: string;
      readonly limits: AppliedLimits;
    }
  /** Ask to end, each with its own stop signal. */
  | { readonly kind: 'signal'; readonly targets: readonly ObservedContainer[] }
  | { readonly kind: 'kill'; readonly ids: readonly string[] }
  | { readonly kind: 'remove'; readonly ids: readonly string[] }
  /** Everything has ended: write the tombstone. */
  | { readonly kind: 'bury' };

export interface Plan {
  readonly steps: readonly Step[];
  /** When to look again if nothing happens; undefined: only when something does. */
  readonly wakeInMs: number | undefined;
}

export const IDLE: Plan = { steps: [], wakeInMs: undefined };

export function plan(situation: Situation): Plan {
  const { record, observation } = situation;
  if (record.gone) return planRemoval(situation);
  const grace = record.pod.spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS;
  const end = planEnd(situation, grace);
  // What is being started ends as well, once it is known what has come of it.
  if (end) return isSandboxStarting(situation) ? IDLE : end;
  if (podRefusals(situation).length > 0 && observation.containers.length === 0) {
    return { steps: [], wakeInMs: deadlineWakeMs(situation) };
  }
  return planRun(situation, grace);
}

/** Undefined: it is to run. */
function planEnd(situation: Situation, graceSeconds: number): Plan | undefined {
  const { record } = situation;
  if (record.stopping) return stopAll(situation, record.stopping.graceSeconds) ?? BURY;
  if (isTerminal(record.status)) return stopAll(situation, graceSeconds) ?? planTearDown(situation);
  if (record.evicted) return stopAll(situation, EVICTION_GRACE_SECONDS) ?? IDLE;
  if (deadlinePassed(situation) || isOver(situation)) return stopAll(situation, graceSeconds) ?? IDLE;
  return undefined;
}

const BURY: Plan = { steps: [{ kind: 'bury' }], wakeInMs: undefined };

/** Its disk space is needed now. */
const EVICTION_GRACE_SECONDS = 1;

/** The tombstone is written: nothing of the pod stays. */
function planRemoval(situation: Situation): Plan {
  const { containers, sandboxes } = situation.observation;
  const all = [...containers, ...sandboxes];
  const live = killAll(situation, all.filter(isLive));
  if (live) return live;
  if (all.length === 0) return planTearDown(situation);
  return { steps: [{ kind: 'remove', ids: all.map(({ id }) => id) }], wakeInMs: undefined };
}
