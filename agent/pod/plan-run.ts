// The steps of a pod that is to run: what lives outside its sandbox or by an older definition ends, the sandbox comes
// to be, the containers start, and what nobody can ask for any more is cleared away.
import { containerHash } from './container-hash.ts';
import { viewOf } from './container-view.ts';
import { liveSandbox } from './initialization.ts';
import { isLive, type ObservedContainer } from './observation.ts';
import type { Plan, Step } from './plan.ts';
import { planStarts } from './plan-starts.ts';
import { killTargets, stopGracefully, stopMessage } from './plan-stop.ts';
import { planVolumes, volumesUsable } from './plan-volumes.ts';
import { podMembers } from './pod-containers.ts';
import { deadlineWakeMs, type Situation, waitAfterFailureMs } from './situation.ts';

export function planRun(situation: Situation, graceSeconds: number): Plan {
  const { sandboxes } = situation.observation;
  const stray = planStrays(situation, graceSeconds);
  if (stray) return stray;
  const [newest, ...older] = sandboxes;
  if (older.length > 0) return only({ kind: 'remove', ids: older.map(({ id }) => id) });
  const volumes = planVolumes(situation);
  if (volumes.steps.length > 0) return volumes;
  if (newest?.state.kind === 'created') {
    return afterFailure(situation, { kind: 'start-sandbox', id: newest.id });
  }
  const sandbox = liveSandbox(situation.observation);
  const changed = planChanged(situation, graceSeconds);
  const start = planStart(situation, sandbox);
  const waits = [changed?.wakeInMs, volumes.wakeInMs, start.wakeInMs, deadlineWakeMs(situation)];
  return {
    steps: [...(changed?.steps ?? []), ...start.steps, ...planTidy(situation)],
    wakeInMs: soonest(waits),
  };
}

function planStart(situation: Situation, sandbox: ObservedContainer | undefined): Plan {
  if (!volumesUsable(situation)) return { steps: [], wakeInMs: undefined };
  return sandbox ? planStarts(situation, sandbox) : planSandbox(situation);
}

/** What lives outside the one live sandbox: it has lost its network, and must end before anything starts. */
function planStrays(situation: Situation, grace: number): Plan | undefined {
  const { containers, sandboxes } = situation.observation;
  const sandboxId = liveSandbox(situation.observation)?.id;
  const strays = containers.filter(({ identity }) => identity.sandboxId !== sandboxId);
  const live = strays.filter(isLive);
  if (live.length > 0) {
    return stopGracefully(situation, live, { grace, elapsedMs: undefined, message: stopMessage });
  }
  const unstarted = strays.filter(({ state }) => state.kind === 'created');
  if (unstarted.length > 0) return only({ kind: 'remove', ids: unstarted.map(({ id }) => id) });
  return killTargets(situation, sandboxes.slice(1).filter(isLive));
}

const changeMessage = (container: string) => `Container ${container} definition changed, will be restarted`;

/** Running containers whose definition is no longer the pod's. An init container ends by itself. */
function planChanged(situation: Situation, grace: number): Plan | undefined {
  const stale = podMembers(situation.record.pod).flatMap(({ kind, spec }) => {
    const view = viewOf(situation.views, spec.name);
    const lasting = kind === 'regular' || kind === 'sidecar';
    return lasting && view.kind === 'running' && view.container.identity.hash !== containerHash(spec)
      ? [view.container]
      : [];
  });
  if (stale.length === 0) return undefined;
  return stopGracefully(situation, stale, { grace, elapsedMs: undefined, message: changeMessage });
}

/** A new sandbox in place of a dead one; the dead one goes first. */
function planSandbox(situation: Situation): Plan {
  const { sandboxes, containers } = situation.observation;
  const [dead] = sandboxes;
  if (dead) return afterFailure(situation, { kind: 'remove', ids: [dead.id] });
  const attempts = containers.map(({ identity }) => identity.attempt);
  const attempt = Math.max(-1, ...attempts) + 1;
  return afterFailure(situation, { kind: 'create-sandbox', attempt, changed: containers.length > 0 });
}

function afterFailure(situation: Situation, step: Step): Plan {
  const waitMs = waitAfterFailureMs(situation, 'POD');
  return waitMs === undefined ? only(step) : { steps: [], wakeInMs: waitMs };
}

/** Ended attempts that neither `logs` nor `logs --previous` can reach any more. */
function planTidy(situation: Situation): readonly Step[] {
  const ids = podMembers(situation.record.pod).flatMap(({ spec }) => {
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

function only(step: Step): Plan {
  return { steps: [step], wakeInMs: undefined };
}

function soonest(waits: readonly (number | undefined)[]): number | undefined {
  const known = waits.filter((ms) => ms !== undefined);
  return known.length > 0 ? Math.min(...known) : undefined;
}
