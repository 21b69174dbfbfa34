// The pod's phase, from what its containers have come to.
import { containerHash } from './container-hash.ts';
import type { EndedAttempt } from './container-view.ts';
import { willRestart } from './restart.ts';
import { deadlinePassed, type Situation } from './situation.ts';

export type Phase = 'Pending' | 'Running' | 'Succeeded' | 'Failed';

/** A terminal phase only when nothing can still be running. */
export function podPhase(situation: Situation): Phase {
  const { record, views } = situation;
  const containers = record.pod.spec.containers.map((spec) => {
    const view = views.get(spec.name) ?? { kind: 'absent', attempt: 0 };
    const ended = view.kind === 'exited' ? view.last : view.kind === 'created' ? view.previous : undefined;
    const again =
      ended !== undefined && willRestart(ended, record.pod.spec.restartPolicy, containerHash(spec));
    return { live: view.kind === 'running', ended, again };
  });
  const live = containers.some((container) => container.live);
  if (record.stopping || deadlinePassed(situation)) {
    if (!live) return deadlinePassed(situation) && !record.stopping ? 'Failed' : verdict(containers);
    const before = record.status?.phase;
    return before === 'Pending' || before === 'Running' ? before : 'Running';
  }
  if (containers.some(({ live, ended }) => !live && !ended)) return 'Pending';
  if (live || containers.some(({ again }) => again)) return 'Running';
  return verdict(containers);
}

/** Of containers that have all ended; one that never ran counts as failed. */
function verdict(containers: readonly { readonly ended: EndedAttempt | undefined }[]): Phase {
  return containers.every(({ ended }) => ended?.exitCode === 0) ? 'Succeeded' : 'Failed';
}
