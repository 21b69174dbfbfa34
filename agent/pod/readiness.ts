// Whether a container counts as started, and as ready. Without a probe it does when it runs; with one, when the probe has
// said so, or had said so of this very container before the agent was restarted.
import { type ContainerStatus, containerStatuses } from '../../common/pod.ts';
import { viewOf } from './container-view.ts';
import type { Member } from './pod-containers.ts';
import { type ProbeKind, probeKey, probeOf } from './probe.ts';
import type { Situation } from './situation.ts';

/** It runs, and what depends on its start may go on. */
export function isStarted(situation: Situation, member: Member): boolean {
  const id = runningId(situation, member);
  if (id === undefined) return false;
  if (!probeOf(member.spec, 'startup') || reported(situation, member, id)?.started) return true;
  return situation.probes.get(probeKey(id, 'startup')) === 'success';
}

/** An init container is ready when it has done its work, the others when they can be sent to. */
export function isReady(situation: Situation, member: Member): boolean {
  const { spec, kind } = member;
  if (kind === 'init') {
    const view = viewOf(situation.views, spec.name);
    return view.kind === 'exited' && view.last.exitCode === 0;
  }
  const id = runningId(situation, member);
  if (id === undefined || !isStarted(situation, member)) return false;
  if (!probeOf(spec, 'readiness')) return true;
  const verdict = situation.probes.get(probeKey(id, 'readiness'));
  return verdict === undefined ? (reported(situation, member, id)?.ready ?? false) : verdict === 'success';
}

/** Which of its probes has found that it is to be ended. */
export function failedProbe({ probes }: Situation, id: string): Exclude<ProbeKind, 'readiness'> | undefined {
  const kinds = ['startup', 'liveness'] as const;
  return kinds.find((kind) => probes.get(probeKey(id, kind)) === 'failure');
}

function runningId({ views }: Situation, { spec }: Member): string | undefined {
  const view = viewOf(views, spec.name);
  return view.kind === 'running' ? view.container.id : undefined;
}

function reported({ record }: Situation, { spec }: Member, id: string): ContainerStatus | undefined {
  return containerStatuses(record.status).find(
    ({ name, containerID }) => name === spec.name && containerID === `docker://${id}`,
  );
}
