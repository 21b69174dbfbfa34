// Whether a hook of a container is to be run now. Each runs once: the note that it has begun is on the disk before it
// does, and one that an earlier run of the agent has begun is only seen to its end.
import { type ContainerNotes, type HookName, hookNote } from './container-notes.ts';
import type { Situation } from './situation.ts';

export function isHookDue(
  { hooksRunning }: Pick<Situation, 'hooksRunning'>,
  id: string,
  hook: HookName,
  notes: ContainerNotes,
): boolean {
  return hookNote(notes, hook)?.outcome === undefined && !hooksRunning.has(hookKey(id, hook));
}

export interface HookCall {
  readonly hook: HookName;
  /** Docker's id of the container. */
  readonly id: string;
  readonly container: string;
}

/** Names one hook of one container. */
export function hookKey(id: string, hook: HookName): string {
  return `${hook} ${id}`;
}
