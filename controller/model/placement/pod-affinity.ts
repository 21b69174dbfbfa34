// Pod affinity and anti-affinity among the agents, for one pod: required terms of its own, those of the pods that are
// there, and what both prefer. A domain is all agents with the same value of a topology key.

import { labelOf } from '../requirement.ts';
import type { PodGroup } from './load.ts';
import {
  isAmongAgents,
  isInsistedOn,
  type NamespaceLabels,
  type PodTerm,
  type PodTerms,
  selects,
  type TermSubject,
} from './pod-terms.ts';

type Labels = Readonly<Record<string, string>>;

export interface PodAffinityInput {
  readonly subject: TermSubject;
  readonly terms: PodTerms;
  readonly groups: Iterable<PodGroup>;
  /** By agent UID; undefined: there is no such agent any more. */
  readonly agentLabels: (agentUid: string) => Labels | undefined;
  readonly nodeLabels: Labels;
  readonly namespaces: NamespaceLabels;
}

export interface PodAffinity {
  /** What keeps the pod off an agent with these labels. */
  obstacle(labels: Labels): string | undefined;
  /** How much it and the others like to be together there; negative: how little. */
  preference(labels: Labels): number;
}

/** Kubernetes' own weight for pods that require to be with this one. */
const REQUIRED_WEIGHT = 1;

export function podAffinity(input: PodAffinityInput): PodAffinity {
  const { subject, terms, nodeLabels, namespaces } = input;
  const together = terms.together
    .filter(({ topologyKey }) => isAmongAgents(topologyKey) && isInsistedOn(topologyKey, nodeLabels))
    .map((term) => ({ term, found: new Domains() }));
  const apart = terms.apart
    .filter(({ topologyKey }) => isAmongAgents(topologyKey))
    .map((term) => ({ term, found: new Domains() }));
  const shunned = new Domains();
  const preferred = new Domains();

  for (const group of input.groups) {
    const tally = (domains: Domains, { topologyKey }: PodTerm, weight: number) => {
      if (!isAmongAgents(topologyKey)) return;
      for (const [agentUid, { pods }] of group.agents) {
        const value = labelOf(input.agentLabels(agentUid) ?? {}, topologyKey);
        if (value !== undefined) domains.add(topologyKey, value, pods * weight);
      }
    };
    for (const { term, found } of [...together, ...apart]) {
      if (selects(term, group, namespaces)) tally(found, term, 1);
    }
    for (const { term, weight } of terms.preferred) {
      if (selects(term, group, namespaces)) tally(preferred, term, weight);
    }
    for (const term of group.terms.apart) {
      if (selects(term, subject, namespaces)) tally(shunned, term, 1);
    }
    for (const { term, weight } of group.terms.preferred) {
      if (selects(term, subject, namespaces)) tally(preferred, term, weight);
    }
    for (const term of group.terms.together) {
      if (selects(term, subject, namespaces)) tally(preferred, term, REQUIRED_WEIGHT);
    }
  }

  // The first of a series that wants to be with its own kind: nobody is there yet.
  const isFirst =
    together.every(({ found }) => found.isEmpty) &&
    together.every(({ term }) => selects(term, subject, namespaces));

  return {
    obstacle(labels) {
      const isAlone = ({ term, found }: (typeof together)[number]) => {
        const value = labelOf(labels, term.topologyKey);
        return value === undefined || (!isFirst && found.count(term.topologyKey, value) === 0);
      };
      if (together.some(isAlone)) return "didn't match pod affinity rules";
      if (apart.some(({ found }) => found.covers(labels))) return "didn't match pod anti-affinity rules";
      return shunned.covers(labels) ? "didn't satisfy existing pods' anti-affinity rules" : undefined;
    },
    preference: (labels) => preferred.sum(labels),
  };
}

/** Counts by topology key and value. */
class Domains {
  readonly #byKey = new Map<string, Map<string, number>>();

  get isEmpty(): boolean {
    return this.#byKey.size === 0;
  }

  add(key: string, value: string, count: number): void {
    const values = this.#byKey.get(key) ?? new Map<string, number>();
    this.#byKey.set(key, values);
    values.set(value, (values.get(value) ?? 0) + count);
  }

  count(key: string, value: string): number {
    return this.#byKey.get(key)?.get(value) ?? 0;
  }

  /** Some domain that these labels belong to has been counted. */
  covers(labels: Labels): boolean {
    for (const [key, values] of this.#byKey) {
      const value = labelOf(labels, key);
      if (value !== undefined && values.has(value)) return true;
    }
    return false;
  }

  sum(labels: Labels): number {
    let sum = 0;
    for (const [key, values] of this.#byKey) {
      const value = labelOf(labels, key);
      if (value !== undefined) sum += values.get(value) ?? 0;
    }
    return sum;
  }
}
