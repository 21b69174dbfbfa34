// The steps of a pod that is to run: what lives outside its sandbox or by an older definition ends, the sandbox comes
// to be, the containers start, and what nobody can ask for any more is cleared away.
import type { Pod } from '../../common/pod.ts';
import { containerHash } from './container-hash.ts';
import { notesOf } from './container-notes.ts';
import { isMade, presentSandbox } from './launch.ts';
import { isLive, type ObservedContainer } from './observation.ts';
import type { Plan, Step } from './plan.ts';
import { planStarts } from './plan-starts.ts';
import { killAll, type StopWish, stopContainers, stopInTurn, stopping } from './plan-stop.ts';
import { planVolumes, volumesExpected, volumesUsable } from './plan-volumes.ts';
import { findMember, type Member, podMembers } from './pod-containers.ts';
import { probeOf } from './probe.ts';
import { failedProbe } from './readiness.ts';
import { type Resize, resizeName } from './resize.ts';
import { willRestart } from './restart.ts';
import { isFormer } from './restart-all.ts';
import { runtimeChoice } from './runtime-class.ts';
import { deadlineWakeMs, type Situation, waitAfterFailureMs } from './situation.ts';

export function planRun(situation: Situation, graceSeconds: number): Plan {
  const { sandboxes } = situation.observation;
  const stray = planStrays(situation, graceSeconds);
  if (stray) return stray;
  const [newest, ...older] = sandboxes;
  if (older.length > 0) return only({ kind: 'remove', ids: older.map(({ id }) => id) });
  const volumes = planVolumes(situation);
  if (volumes.steps.length > 0) return volumes;
  const sandbox = presentSandbox(situation);
  // Whoever made it died over it; what an engine that died has left of it may keep it from ever starting.
  if (newest?.state.kind === 'created' && !sandbox) return only({ kind: 'remove', ids: [newest.id] });
  const stops = planStops(situation, graceSeconds);
  const resize = planResizes(situation);
  const start = planStart(situation, sandbox);
  const waits = [
    stops?.wakeInMs,
    resize.wakeInMs,
    volumes.wakeInMs,
    start.wakeInMs,
    deadlineWakeMs(situation),
  ];
  return {
    steps: [...(stops?.steps ?? []), ...resize.steps, ...start.steps, ...planTidy(situation)],
    wakeInMs: soonest(waits),
  };
}

function planStart(situation: Situation, sandbox: ObservedContainer | undefined): Plan {
  if (!sandbox && volumesExpected(situation)) return planSandbox(situation);
  if (!sandbox || !volumesUsable(situation)) return { steps: [], wakeInMs: undefined };
  if (isMade(situation, sandbox)) return only({ kind: 'start-sandbox', id: sandbox.id });
  return planStarts(situation, sandbox);
}

/**
 * What lives outside the one sandbox that counts: it has lost its network, and must end before anything starts. So must what
 * is to start anew with all the others.
 */
function planStrays(situation: Situation, grace: number): Plan | undefined {
  const { containers, sandboxes } = situation.observation;
  const sandboxId = presentSandbox(situation)?.id;
  const strays = containers.filter(({ identity }) => identity.sandboxId !== sandboxId);
  const former = containers.filter((one) => !strays.includes(one) && isFormer(situation, one));
  const stop =
    stopInTurn(situation, strays.filter(isLive), grace) ?? stopFormer(situation, former.filter(isLive));
  if (stop) return stop;
  const unstarted = [...strays, ...former].filter(({ state }) => state.kind === 'created');
  if (unstarted.length > 0) return only({ kind: 'remove', ids: unstarted.map(({ id }) => id) });
  return killAll(situation, sandboxes.slice(1).filter(isLive));
}

/** At once, and without their preStop hooks. */
function stopFormer(situation: Situation, live: readonly ObservedContainer[]): Plan | undefined {
  if (live.length === 0) return undefined;
  const wishes = live.map((container): StopWish => {
    const message = `Container ${container.identity.container} will be restarted with all containers of its pod`;
    return { container, cause: 'restart-all', graceSeconds: 0, message };
  });
  return stopContainers(situation, wishes);
}

/** Single containers that are to end while their pod goes on: what has been begun is carried through. */
function planStops(situation: Situation, graceSeconds: number): Plan | undefined {
  const wishes = situation.observation.containers.filter(isLive).flatMap((container): StopWish[] => {
    const due = stopDue(situation, container);
    return due ? [{ container, graceSeconds, ...due }] : [];
  });
  return wishes.length > 0 ? stopContainers(situation, wishes) : undefined;
}

type StopDue = Pick<StopWish, 'cause' | 'message'> & { readonly graceSeconds?: number };

function stopDue(situation: Situation, container: ObservedContainer): StopDue | undefined {
  const { record } = situation;
  const { identity, id } = container;
  const { stop, postStart } = notesOf(record, id);
  if (stop) return { cause: stop.cause, message: stopping(container) };
  if (postStart?.outcome === 'failed') return { cause: 'post-start', message: 'FailedPostStartHook' };
  const member = findMember(record.pod, identity.container);
  // An init container ends by itself.
  if (member?.kind !== 'regular' && member?.kind !== 'sidecar') return undefined;
  if (identity.hash !== containerHash(member.spec)) {
    const message = `Container ${identity.container} definition changed, will be restarted`;
    return { cause: 'definition', message };
  }
  if (grantedResizes(situation).some((resize) => resize.restart && resize.container.id === id)) {
    return { cause: 'resize', message: `Container ${identity.container} resize requires restart` };
  }
  const probe = failedProbe(situation, id);
  return probe && probeStop(record.pod, member, probe);
}

function probeStop(pod: Pod, member: Member, probe: 'startup' | 'liveness'): StopDue {
  const again = willRestart({ exitCode: KILLED, stopCause: undefined }, member, pod);
  const message = `Container ${member.spec.name} failed ${probe} probe${again ? ', will be restarted' : ''}`;
  const graceSeconds = probeOf(member.spec, probe)?.terminationGracePeriodSeconds;
  return { cause: probe, message, ...(graceSeconds === undefined ? {} : { graceSeconds }) };
}

const KILLED = 137;

/** Running containers whose resources are no longer the pod's; those that must start anew for it are stopped elsewhere. */
function planResizes(situation: Situation): Plan {
  const waits: (number | undefined)[] = [];
  const steps = grantedResizes(situation).flatMap(({ container, limits, restart }): Step[] => {
    if (restart) return [];
    const { container: name } = container.identity;
    const waitMs = waitAfterFailureMs(situation, resizeName(name));
    waits.push(waitMs);
    return waitMs === undefined
      ? [{ kind: 'resize-container', container: name, id: container.id, limits }]
      : [];
  });
  return { steps, wakeInMs: soonest(waits) };
}

function grantedResizes({ resize }: Situation): readonly Resize[] {
  return resize.kind === 'granted' ? resize.resizes : [];
}

/** A new sandbox in place of a dead one; the dead one goes first. */
function planSandbox(situation: Situation): Plan {
  const { sandboxes, containers } = situation.observation;
  const [dead] = sandboxes;
  if (dead) return afterFailure(situation, { kind: 'remove', ids: [dead.id] });
  const { record, objects } = situation;
  if (runtimeChoice(record.pod, objects).kind === 'awaited') return { steps: [], wakeInMs: undefined };
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
