// What a pod asks about other pods: its affinity and anti-affinity in one form, and which pods a term means.
import type { V1PodAffinityTerm, V1WeightedPodAffinityTerm } from '@kubernetes/client-node';
import { AGENT_DOMAIN_KEY } from '../../../common/names.ts';
import type { Json, Pod } from '../../../common/pod.ts';
import type { LabelSelector } from '../../../common/pod-references.ts';
import { matchesSelector } from '../label-selector.ts';
import { labelOf } from '../requirement.ts';

export interface PodTerm {
  readonly topologyKey: string;
  readonly selector: LabelSelector | undefined;
  /** The pod's own when the term names none and has no selector for them. */
  readonly namespaces: readonly string[];
  readonly namespaceSelector: LabelSelector | undefined;
}

export interface WeightedTerm {
  readonly term: PodTerm;
  /** Negative: rather not together. */
  readonly weight: number;
}

export interface PodTerms {
  readonly together: readonly PodTerm[];
  readonly apart: readonly PodTerm[];
  readonly preferred: readonly WeightedTerm[];
}

/** What a term looks at in a pod. */
export interface TermSubject {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** The labels of a namespace, by its name. */
export type NamespaceLabels = (namespace: string) => Readonly<Record<string, string>>;

const HOSTNAME_KEY = 'kubernetes.io/hostname';
const NO_TERMS: PodTerms = { together: [], apart: [], preferred: [] };

export function podTerms({ metadata, spec }: Pod): PodTerms {
  const { podAffinity, podAntiAffinity } = spec.affinity ?? {};
  if (!podAffinity && !podAntiAffinity) return NO_TERMS;
  const term = (wish: Json<V1PodAffinityTerm>) => readTerm(wish, metadata.namespace);
  const weighted = (sign: 1 | -1) => (wish: Json<V1WeightedPodAffinityTerm>) => ({
    term: term(wish.podAffinityTerm),
    weight: sign * wish.weight,
  });
  return {
    together: (podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map(term),
    apart: (podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map(term),
    preferred: [
      ...(podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(weighted(1)),
      ...(podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(weighted(-1)),
    ],
  };
}

export function selects(
  term: PodTerm,
  { namespace, labels }: TermSubject,
  namespaces: NamespaceLabels,
): boolean {
  const inNamespace =
    term.namespaces.includes(namespace) || matchesSelector(term.namespaceSelector, namespaces(namespace));
  return inNamespace && matchesSelector(term.selector, labels);
}

/** A hostname means the whole virtual node, which is the scheduler's business. */
export function isAmongAgents(topologyKey: string): boolean {
  return topologyKey !== HOSTNAME_KEY;
}

/**
 * Whether it is for placement to insist that pods are together, or evenly spread, by this key. A key that the virtual
 * node carries the scheduler has judged already, with all nodes of the cluster in view; the key made for this one excepted.
 */
export function isInsistedOn(topologyKey: string, nodeLabels: Readonly<Record<string, string>>): boolean {
  return topologyKey === AGENT_DOMAIN_KEY || labelOf(nodeLabels, topologyKey) === undefined;
}

function readTerm(wish: Json<V1PodAffinityTerm>, own: string): PodTerm {
  const { topologyKey, labelSelector, namespaces = [], namespaceSelector } = wish;
  const isOwn = namespaces.length === 0 && !namespaceSelector;
  return { topologyKey, selector: labelSelector, namespaces: isOwn ? [own] : namespaces, namespaceSelector };
}
