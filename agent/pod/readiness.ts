// Whether a container counts as started, and as ready.
import { viewOf } from './container-view.ts';
import type { Member } from './pod-containers.ts';
import type { Situation } from './situation.ts';

/** It runs, and what depends on its start may go on. */
export function isStarted({ views }: Situation, { spec }: Member): boolean {
  return viewOf(views, spec.name).kind === 'running';
}

/** An init container is ready when it has done its work, the others when they can be sent to. */
export function isReady(situation: Situation, member: Member): boolean {
  if (member.kind !== 'init') return isStarted(situation, member);
  const view = viewOf(situation.views, member.spec.name);
  return view.kind === 'exited' && view.last.exitCode === 0;
}
