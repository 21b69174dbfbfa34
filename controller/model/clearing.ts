// How far the clearing of an agent is, drained or removed, and its condition `Drained`, which says so to people: what is
// left, and what keeps it.
import { podKey } from '../../common/pod.ts';
import type { AgentCondition } from './agent.ts';
import type { DrainPlan, RefusedPod } from './drain.ts';

export interface ClearingState extends DrainPlan {
  /** Those to be evicted whose last try was refused, by a PodDisruptionBudget mostly. */
  readonly held: readonly RefusedPod[];
  /** Pods whose objects are gone while the machine has not said that they have ended. */
  readonly unseen: number;
  /** Nothing is heard of the agent, so that no pod can end. */
  readonly isUnreachable: boolean;
  /** It is being removed, and what its operator writes to declare it gone. */
  readonly word: string | undefined;
  /** Of the Agent object that it is about. */
  readonly generation: number;
}

const SHOWN_PODS = 5;
const MAX_MESSAGE = 1024;

/** Pods that are to leave and have not left. */
export function podsLeft({ evict, leaving, refused, unseen }: ClearingState): number {
  return evict.length + leaving.length + refused.length + unseen;
}

/** The agent is being removed, and of each pod that is to leave it is known whether it may. */
export function isRemovalTried({ word, evict, held }: ClearingState): boolean {
  const refused = new Set(held.map(({ pod }) => pod.metadata.uid));
  return word !== undefined && evict.every(({ metadata }) => refused.has(metadata.uid));
}

export function drainedCondition(state: ClearingState): Omit<AgentCondition, 'lastTransitionTime'> {
  const type = 'Drained';
  const left = podsLeft(state);
  const [refused] = state.refused;
  if (left === 0) return { type, status: 'True', reason: 'Drained', message: 'no pods are left' };
  if (state.isUnreachable) {
    const pods = podNames([...state.evict, ...state.leaving, ...state.refused.map(({ pod }) => pod)]);
    const may = `the agent is unreachable: ${count(left)} may still run there${pods && `: ${pods}`}`;
    const message = state.word
      ? `${may}; if the machine is gone for good, annotate the Agent: ${state.word}`
      : may;
    return { type, status: 'False', reason: 'AgentUnreachable', message };
  }
  if (refused) {
    const alike = state.refused.filter(({ why }) => why === refused.why).map(({ pod }) => pod);
    return { type, status: 'False', reason: 'NotAllowed', message: `${refused.why}: ${podNames(alike)}` };
  }
  const held = state.held.map(({ pod, why }) => `${podKey(pod)}: ${why}`);
  const message = [`${count(left)} left`, ...held.slice(0, SHOWN_PODS)].join('; ');
  return { type, status: 'False', reason: 'Draining', message: message.slice(0, MAX_MESSAGE) };
}

function podNames(pods: readonly Parameters<typeof podKey>[0][]): string {
  const names = pods.map(podKey).sort();
  const more = names.length - SHOWN_PODS;
  return `${names.slice(0, SHOWN_PODS).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function count(pods: number): string {
  return `${pods} ${pods === 1 ? 'pod' : 'pods'}`;
}
