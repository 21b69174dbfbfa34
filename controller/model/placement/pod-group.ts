// Pods alike: what rules about other pods need to know of them, once for all of their kind.
import type { Pod } from '../../../common/pod.ts';
import { isLeaving, type PlacedPod } from './placed-pod.ts';
import { type PodTerms, podTerms, type TermSubject } from './pod-terms.ts';

/** Pods of one namespace with the same labels, owner and wishes about other pods. */
export interface PodGroup extends TermSubject {
  /** Tells it from all others. */
  readonly key: string;
  /** The UID of the controller that made them; empty: none did. */
  readonly owner: string;
  readonly terms: PodTerms;
  /** By agent UID. */
  readonly agents: ReadonlyMap<string, GroupCount>;
}

export interface GroupCount {
  readonly pods: number;
  /** Of those, being deleted. */
  readonly leaving: number;
}

export interface GrowingGroup extends PodGroup {
  readonly agents: Map<string, GroupCount>;
}

/** Of no pods yet. */
export function newGroup(key: string, pod: Pod): GrowingGroup {
  const { namespace, labels = {} } = pod.metadata;
  return { key, namespace, labels, owner: ownerOf(pod), terms: podTerms(pod), agents: new Map() };
}

export function groupKeyOf(pod: Pod): string {
  const { namespace, labels } = pod.metadata;
  const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {};
  return JSON.stringify([namespace, labels, ownerOf(pod), podAffinity, podAntiAffinity]);
}

/** One of its pods comes to an agent, or goes. */
export function countIn({ agents }: GrowingGroup, { pod, agentUid }: PlacedPod, by: 1 | -1): void {
  const { pods, leaving } = agents.get(agentUid) ?? { pods: 0, leaving: 0 };
  if (pods + by === 0) agents.delete(agentUid);
  else agents.set(agentUid, { pods: pods + by, leaving: leaving + (isLeaving(pod) ? by : 0) });
}

/** The UID of the controller that made the pod; empty: none did. */
export function ownerOf({ metadata }: Pick<Pod, 'metadata'>): string {
  return metadata.ownerReferences?.find(({ controller }) => controller)?.uid ?? '';
}
