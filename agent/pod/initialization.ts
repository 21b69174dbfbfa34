// How far a pod has come in its present sandbox: which init container is at its turn, and whether the regular ones may
// start. A new sandbox begins anew. What has been made in this sandbox proves that all before it has been passed, even
// when Docker has lost it.
import { viewOf } from './container-view.ts';
import type { ObservedContainer } from './observation.ts';
import { type Member, podMembers } from './pod-containers.ts';
import { isStarted } from './readiness.ts';
import { willRestart } from './restart.ts';
import { endedFormerly, isFormer } from './restart-all.ts';
import type { Situation } from './situation.ts';

export interface Initialization {
  /** Init containers and sidecars that have had their turn. */
  readonly passed: readonly Member[];
  /** The one whose turn it is; undefined when all have had theirs, and the regular containers may start. */
  readonly current: Member | undefined;
}

export function initialization(situation: Situation, sandbox: ObservedContainer): Initialization {
  const { pod } = situation.record;
  const members = podMembers(pod);
  const inits = members.filter(({ kind }) => kind === 'init' || kind === 'sidecar');
  const made = new Set(
    situation.observation.containers
      .filter((container) => container.identity.sandboxId === sandbox.id && !isFormer(situation, container))
      .map(({ identity }) => identity.container),
  );
  const begun = members.some(({ kind, spec }) => kind === 'regular' && made.has(spec.name));
  if (begun) return { passed: inits, current: undefined };
  const furthest = inits.findLastIndex(({ spec }) => made.has(spec.name));
  const member = inits[furthest];
  const turn = member && isPassed(situation, member) ? furthest + 1 : Math.max(0, furthest);
  return { passed: inits.slice(0, turn), current: inits[turn] };
}

/** Of one that was made in this sandbox. */
function isPassed(situation: Situation, member: Member): boolean {
  const view = viewOf(situation.views, member.spec.name);
  if (member.kind === 'sidecar') return isStarted(situation, member);
  return view.kind === 'exited' && view.last.exitCode === 0;
}

/** The regular containers' turn has come once, in whichever sandbox; true for a pod without init containers. */
export function wasInitialized(situation: Situation): boolean {
  const members = podMembers(situation.record.pod);
  const last = members.findLast(({ kind }) => kind === 'init' || kind === 'sidecar');
  if (!last || isPassed(situation, last)) return true;
  return members.some(({ kind, spec }) => {
    const view = viewOf(situation.views, spec.name);
    return kind === 'regular' && (view.kind === 'running' || view.kind === 'exited');
  });
}

/** Nothing is to start any more: an init container has failed for good, or every regular one has ended for good. */
export function isOver(situation: Situation): boolean {
  const { pod } = situation.record;
  const members = podMembers(pod);
  const regular = members.filter(({ kind }) => kind === 'regular');
  return initFailed(situation) || regular.every((member) => endedForGood(situation, member));
}

export function initFailed(situation: Situation): boolean {
  return podMembers(situation.record.pod).some((member) => {
    const view = viewOf(situation.views, member.spec.name);
    if (member.kind !== 'init' || view.kind !== 'exited') return false;
    return view.last.exitCode !== 0 && endedForGood(situation, member);
  });
}

function endedForGood(situation: Situation, member: Member): boolean {
  const { views, record } = situation;
  const view = viewOf(views, member.spec.name);
  if (view.kind !== 'exited' || willRestart(view.last, member, record.pod)) return false;
  return !endedFormerly(situation, view);
}
