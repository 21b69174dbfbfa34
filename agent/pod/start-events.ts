// That containers have been made and begun to run, in a kubelet's words: told of every container that has run and was not
// told of yet, so an agent that dies before the engine has answered its start keeps no start from being told.
import { notesOf, withStartTold } from './container-notes.ts';
import { CANNOT_RUN } from './container-view.ts';
import type { Observation, ObservedContainer } from './observation.ts';
import type { PodRecord } from './pod-record.ts';
import type { PodEvent } from './status-events.ts';

/** Of which it is still to be told, those made first first. */
export function untoldStarts(record: PodRecord, { containers }: Observation): readonly ObservedContainer[] {
  return containers
    .filter((container) => hasRun(container) && !notesOf(record, container.id).startTold)
    .sort((a, b) => a.createdAtMs - b.createdAtMs || a.identity.attempt - b.identity.attempt);
}

export function startEvents(starts: readonly ObservedContainer[]): readonly PodEvent[] {
  return starts.flatMap(({ identity: { container } }) => [
    createdEvent(container),
    { type: 'Normal', reason: 'Started', message: `Started container ${container}`, container },
  ]);
}

export function createdEvent(container: string): PodEvent {
  return { type: 'Normal', reason: 'Created', message: `Created container: ${container}`, container };
}

export function withStartsTold(record: PodRecord, starts: readonly ObservedContainer[]): PodRecord {
  return starts.reduce((noted, { id }) => withStartTold(noted, id), record);
}

function hasRun({ state }: ObservedContainer): boolean {
  return state.kind === 'running' || (state.kind === 'exited' && state.reason !== CANNOT_RUN);
}
