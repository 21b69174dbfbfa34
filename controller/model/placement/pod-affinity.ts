// Pod affinity and anti-affinity among the agents, for one pod: required terms of its own, those of the pods that are
// there, and what both prefer. A domain is all agents with the same value of a topology key. Of required affinity, a pod
// that is there counts only when all of its terms mean it; each term then looks for such pods by its own key.

import { labelOf } from '../requirement.ts';
import type { Occupant } from './agent-load.ts';
import type { PodGroup } from './pod-group.ts';
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
  /** Whether pods of this group matter here. */
  concerns(group: PodGroup): boolean;
  /** One of the pods is left out of account (-1), or counts again. */
  count(occupant: Pick<Occupant, 'group' | 'agentUid'>, by: 1 | -1): void;
}

/** What each pod of a group adds to the domain of its agent. */
interface Tally {
  readonly domains: Domains;
  readonly key: string;
  readonly weight: number;
}

/** Kubernetes' own weight for pods that require to be with this one. */
const REQUIRED_WEIGHT = 1;

export function podAffinity(input: PodAffinityInput): PodAffinity {
  const { subject, terms, agentLabels, nodeLabels, namespaces } = input;
  const isMeant = (whom: TermSubject, term: PodTerm) => selects(term, whom, namespaces);
  const isMeantByAll = (whom: TermSubject) => terms.together.every((term) => isMeant(whom, term));
  const together = terms.together
    .map(({ topologyKey }) => topologyKey)
    .filter((key) => isAmongAgents(key) && isInsistedOn(key, nodeLabels));
  const company = new Domains();
  const avoided = new Domains();
  const shunned = new Domains();
  const preferred = new Domains();
  /** Of the groups that count here. */
  const tallies = new Map<string, readonly Tally[]>();

  const talliesOf = (group: PodGroup): readonly Tally[] => {
    const all: Tally[] = [];
    const tally = (domains: Domains, { topologyKey: key }: PodTerm, weight: number) => {
      if (isAmongAgents(key)) all.push({ domains, key, weight });
    };
    if (together.length > 0 && isMeantByAll(group)) {
      for (const key of together) all.push({ domains: company, key, weight: 1 });
    }
    for (const term of terms.apart) if (isMeant(group, term)) tally(avoided, term, 1);
    for (const { term, weight } of terms.preferred) if (isMeant(group, term)) tally(preferred, term, weight);
    for (const term of group.terms.apart) if (isMeant(subject, term)) tally(shunned, term, 1);
    for (const { term, weight } of group.terms.preferred) {
      if (isMeant(subject, term)) tally(preferred, term, weight);
    }
    for (const term of group.terms.together) {
      if (isMeant(subject, term)) tally(preferred, term, REQUIRED_WEIGHT);
    }
    return all;
  };

  const add = (some: readonly Tally[], agentUid: string, pods: number) => {
    const labels = agentLabels(agentUid) ?? {};
    for (const { domains, key, weight } of some) {
      const value = labelOf(labels, key);
      if (value !== undefined) domains.add(key, value, pods * weight);
    }
  };

  for (const group of input.groups) {
    const some = talliesOf(group);
    if (some.length === 0) continue;
    tallies.set(group.key, some);
    for (const [agentUid, { pods }] of group.agents) add(some, agentUid, pods);
  }

  const mayBeFirst = together.length > 0 && isMeantByAll(subject);
  const hasCompany = (labels: Labels) => {
    // The first of a series that wants to be with its own kind: nobody is there yet.
    const isFirst = mayBeFirst && company.isEmpty;
    return together.every((key) => {
      const value = labelOf(labels, key);
      return value !== undefined && (isFirst || company.has(key, value));
    });
  };

  return {
    obstacle(labels) {
      if (!hasCompany(labels)) return "didn't match pod affinity rules";
      if (avoided.covers(labels)) return "didn't match pod anti-affinity rules";
      return shunned.covers(labels) ? "didn't satisfy existing pods' anti-affinity rules" : undefined;
    },
    preference: (labels) => preferred.sum(labels),
    concerns: ({ key }) => tallies.has(key),
    count({ group, agentUid }, by) {
      const some = tallies.get(group.key);
      if (some) add(some, agentUid, by);
    },
  };
}

/** Sums by topology key and value; where they are zero, there is nothing. */
class Domains {
  readonly #byKey = new Map<string, Map<string, number>>();

  get isEmpty(): boolean {
    return this.#byKey.size === 0;
  }

  add(key: string, value: string, amount: number): void {
    const values = this.#byKey.get(key) ?? new Map<string, number>();
    this.#byKey.set(key, values);
    const sum = (values.get(value) ?? 0) + amount;
    if (sum !== 0) values.set(value, sum);
    else values.delete(value);
    if (values.size === 0) this.#byKey.delete(key);
  }

  has(key: string, value: string): boolean {
    return this.#byKey.get(key)?.has(value) ?? false;
  }

  /** There is something in some domain that these labels belong to. */
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
