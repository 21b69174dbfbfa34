// Whom the problems of a pod's spec concern. One of an ephemeral container, which may come while the pod runs, is its own:
// everything else runs as if it were not there.
import { fieldPath, type Member, podMembers } from './pod-containers.ts';
import type { Situation } from './situation.ts';

/** What keeps the pod as a whole from being run as it is written. */
export function podRefusals({ problems, record }: Situation): readonly string[] {
  const ephemeral = podMembers(record.pod).filter(({ kind }) => kind === 'ephemeral');
  return problems.filter((problem) => !ephemeral.some((member) => isAbout(problem, member)));
}

/** What keeps this container from being run: the pod's refusals, and of an ephemeral one its own. */
export function refusalsOf(situation: Situation, member: Member): readonly string[] {
  const own = member.kind === 'ephemeral' ? situation.problems.filter((one) => isAbout(one, member)) : [];
  return [...podRefusals(situation), ...own];
}

function isAbout(problem: string, member: Member): boolean {
  return problem.startsWith(fieldPath(member));
}
