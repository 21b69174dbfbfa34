// How one container comes to run: whether and when, then its image, then the container itself.
import { awaitsObjects } from './container-env.ts';
import { containerHash } from './container-hash.ts';
import { notesOf } from './container-notes.ts';
import { type ContainerView, viewOf } from './container-view.ts';
import { isHookDue } from './hooks.ts';
import { mountedImages } from './image-volumes.ts';
import { isMade, isMadeWithoutAddress } from './launch.ts';
import { isLive, type ObservedContainer } from './observation.ts';
import type { Step } from './plan.ts';
import type { Member } from './pod-containers.ts';
import { type PullSecrets, readPullSecrets } from './registry-credentials.ts';
import { decideRestart, nextAttempt, type RestartDecision } from './restart.ts';
import { presentRound } from './restart-all.ts';
import { SHOW_PULL_ERROR_MS, type Situation, waitAfterFailureMs } from './situation.ts';

export type NextStart =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'wait'; readonly ms: number }
  /** Later containers wait for this one. */
  | { readonly kind: 'hold' }
  | { readonly kind: 'step'; readonly step: Step };

export interface StartPlace {
  /** It runs, or is being started. */
  readonly sandbox: ObservedContainer;
  /** It is to run once more even if its last end was a good one. */
  readonly again: boolean;
}

export function nextStart(situation: Situation, member: Member, place: StartPlace): NextStart {
  const container = member.spec.name;
  const view = viewOf(situation.views, container);
  if (view.kind === 'created') return startMade(situation, member, { made: view.container, ...place });
  if (view.kind === 'starting') return finishStart(situation, view.container);
  const decision = decide(situation, member, view, place);
  if (decision.kind === 'leave') return { kind: 'nothing' };
  if (decision.kind === 'wait') return { kind: 'wait', ms: decision.remainingMs };
  const waitMs = waitAfterFailureMs(situation, container);
  if (waitMs !== undefined) return { kind: 'wait', ms: waitMs };
  for (const key of [...mountedImages(member.spec, situation.record.pod), container]) {
    const before = beforeImage(situation, key);
    if (before) return before;
  }
  const image = situation.images.get(container);
  if (image?.kind !== 'ready') return { kind: 'nothing' };
  const { attempt, restartDelayMs } = decision;
  // Whoever brings the news wakes the worker.
  if (awaitsObjects(member.spec, situation.objects)) return { kind: 'nothing' };
  if (!isLive(place.sandbox) && !isMadeAhead(situation, member)) return { kind: 'hold' };
  const round = presentRound(situation);
  const made = {
    imageId: image.imageId,
    sandbox: place.sandbox,
    ...(round > 0 ? { round } : {}),
    ...targetOf(situation, member),
  };
  return { kind: 'step', step: { kind: 'create-container', container, attempt, restartDelayMs, ...made } };
}

/** What comes first; undefined: the image is there. */
function beforeImage({ images, record, objects }: Situation, key: string): NextStart | undefined {
  const image = images.get(key);
  if (image?.kind === 'ready') return undefined;
  if (image?.kind === 'pulling') return { kind: 'hold' };
  const secrets = readPullSecrets(record.pod, objects);
  // Whoever brings the news wakes the worker.
  if (image?.kind === 'awaits-secrets' && secrets.kind === 'awaited') return { kind: 'nothing' };
  if (image?.kind === 'failed' && image.agoMs < image.delayMs && !hasCome(image.lacked, secrets)) {
    const turnsMs = image.agoMs < SHOW_PULL_ERROR_MS ? SHOW_PULL_ERROR_MS : image.delayMs;
    return { kind: 'wait', ms: turnsMs - image.agoMs };
  }
  return { kind: 'step', step: { kind: 'ensure-image', image: key } };
}

/** A pull secret that was lacked can be used now: no reason to go on waiting. */
function hasCome(lacked: readonly string[], secrets: PullSecrets): boolean {
  return secrets.kind === 'known' && lacked.some((name) => !secrets.unusable.includes(name));
}

function decide(
  { record }: Situation,
  member: Member,
  view: ContainerView,
  { again }: StartPlace,
): RestartDecision {
  if (again && view.kind === 'exited') return nextAttempt(view.last, member);
  return decideRestart(view, member, record.pod);
}

/** The next container waits for the hook of this one. */
function finishStart(situation: Situation, { id, identity }: ObservedContainer): NextStart {
  const { container } = identity;
  const notes = notesOf(situation.record, id);
  if (notes.stop || !isHookDue(situation, id, 'postStart', notes)) return { kind: 'hold' };
  return { kind: 'step', step: { kind: 'run-hooks', calls: [{ hook: 'postStart', id, container }] } };
}

function targetOf({ views }: Situation, { target }: Member): { readonly targetId?: string } {
  const view = viewOf(views, target ?? '');
  return view.kind === 'running' ? { targetId: view.container.id } : {};
}

/** While its sandbox is being started. */
function isMadeAhead({ record, aheadRefused }: Situation, { spec }: Member): boolean {
  return !aheadRefused && isMadeWithoutAddress(record.pod, spec);
}

/**
 * What was made while its sandbox was being started is started. What a run of the agent made that died before starting it, or
 * whose start the engine refused without a trace, gives way to a new one: what it was made of may have changed since.
 */
function startMade(
  situation: Situation,
  { spec }: Member,
  { made, sandbox }: StartPlace & { readonly made: ObservedContainer },
): NextStart {
  const { id, identity } = made;
  const { container } = identity;
  const waitMs = waitAfterFailureMs(situation, container);
  if (waitMs !== undefined) return { kind: 'wait', ms: waitMs };
  const isTimely = isMade(situation, made) && identity.hash === containerHash(spec);
  if (!isTimely) return { kind: 'step', step: { kind: 'remove', ids: [id] } };
  if (!isLive(sandbox)) return { kind: 'hold' };
  return { kind: 'step', step: { kind: 'start-container', container, id, sandbox } };
}
