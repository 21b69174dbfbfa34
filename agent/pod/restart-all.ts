// The end of a container may mean that all containers of its pod start anew, in the same sandbox and on the same volumes:
// the action RestartAllContainers of a rule. Each time is a round of its own. The round that a container was made in stands
// on its label, so the rounds are read from Docker, and a restarted agent goes on where it was.
import type { Pod } from '../../common/pod.ts';
import type { ContainerView } from './container-view.ts';
import type { ObservedContainer } from './observation.ts';
import { findMember, type Member, podMembers } from './pod-containers.ts';
import { ruleFor } from './restart.ts';
import type { Situation } from './situation.ts';

type Seen = Pick<Situation, 'record' | 'observation'>;

export function mayRestartAll(pod: Pod): boolean {
  return podMembers(pod).some(({ spec }) =>
    spec.restartPolicyRules?.some(({ action }) => action === 'RestartAllContainers'),
  );
}

/** Of what starts now; 0 until all have started anew for the first time. */
export function presentRound({ record, observation }: Seen): number {
  if (!mayRestartAll(record.pod)) return 0;
  const { containers } = observation;
  const newest = Math.max(0, ...containers.map(roundOf));
  const over = containers.some(
    (container) => roundOf(container) === newest && endsRound(container, record.pod),
  );
  return over ? newest + 1 : newest;
}

/** It was made in an earlier round: it must end, and start anew whatever its end was. Ephemeral ones stay. */
export function isFormer(seen: Seen, container: ObservedContainer): boolean {
  if (!mayRestartAll(seen.record.pod)) return false;
  const member = findMember(seen.record.pod, container.identity.container);
  return isOfRounds(member) && roundOf(container) < presentRound(seen);
}

/** Its end is not its last, since all start anew. */
export function endedFormerly(seen: Seen, view: ContainerView): boolean {
  return view.kind === 'exited' && view.last.container !== undefined && isFormer(seen, view.last.container);
}

function endsRound({ state, identity }: ObservedContainer, pod: Pod): boolean {
  const member = findMember(pod, identity.container);
  if (state.kind !== 'exited' || !isOfRounds(member)) return false;
  return ruleFor(state.exitCode, member.spec)?.action === 'RestartAllContainers';
}

function isOfRounds(member: Member | undefined): member is Member {
  return member !== undefined && member.kind !== 'ephemeral';
}

function roundOf({ identity }: ObservedContainer): number {
  return identity.round ?? 0;
}
