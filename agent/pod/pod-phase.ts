// The pod's phase, from what its containers have come to. Sidecars and ephemeral containers keep no pod from ending; a
// terminal phase comes only when nothing can still be running.
import { type ContainerView, type EndedAttempt, viewOf } from './container-view.ts';
import { initFailed } from './initialization.ts';
import { isLive } from './observation.ts';
import { type ContainerKind, podMembers } from './pod-containers.ts';
import { willRestart } from './restart.ts';
import { endedFormerly } from './restart-all.ts';
import { mustEnd, type Situation } from './situation.ts';

export type Phase = 'Pending' | 'Running' | 'Succeeded' | 'Failed';

interface State {
  readonly kind: ContainerKind;
  readonly view: ContainerView;
  /** Its newest end, unless it runs. */
  readonly ended: EndedAttempt | undefined;
  /** That end is not the container's. */
  readonly again: boolean;
}

export function podPhase(situation: Situation): Phase {
  const { record, observation } = situation;
  const phase = phaseOf(situation);
  const terminal = phase === 'Succeeded' || phase === 'Failed';
  if (!terminal || !observation.containers.some(isLive)) return phase;
  const before = record.status?.phase;
  return before === 'Pending' || before === 'Running' ? before : 'Running';
}

function phaseOf(situation: Situation): Phase {
  const { record } = situation;
  const states = podMembers(record.pod).map((member): State => {
    const view = viewOf(situation.views, member.spec.name);
    const ended = endOf(view);
    const again =
      ended !== undefined && (willRestart(ended, member, record.pod) || endedFormerly(situation, view));
    return { kind: member.kind, view, ended, again };
  });
  const regular = states.filter(({ kind }) => kind === 'regular');
  if (record.stopping) return verdict(regular);
  if (mustEnd(situation) || initFailed(situation)) return 'Failed';
  if (states.some(isInitializing) || regular.some(isUnstarted)) return 'Pending';
  if (states.some(({ kind, view }) => kind !== 'ephemeral' && view.kind === 'running')) {
    return regular.every(isOver) ? verdict(regular) : 'Running';
  }
  return regular.some(({ again }) => again) ? 'Running' : verdict(regular);
}

function endOf(view: ContainerView): EndedAttempt | undefined {
  switch (view.kind) {
    case 'exited':
      return view.last;
    case 'created':
    case 'starting':
      return view.previous;
    case 'absent':
    case 'running':
      return undefined;
    default:
      return view satisfies never;
  }
}

function isInitializing(state: State): boolean {
  return state.kind === 'init' && (state.view.kind === 'running' || isUnstarted(state));
}

function isUnstarted({ view, ended }: State): boolean {
  return view.kind !== 'running' && !ended;
}

function isOver({ view, again }: State): boolean {
  return view.kind === 'exited' && !again;
}

/** Of containers that have all ended; one that never ran counts as failed. */
function verdict(regular: readonly State[]): Phase {
  return regular.every(({ ended }) => ended?.exitCode === 0) ? 'Succeeded' : 'Failed';
}
