// What a pod asks about other pods. The scheduler judges it by the node; placement judges it again among the machines
// behind the node (docs/placement.md says which topology keys mean them).
import type {
  V1PodAffinity,
  V1PodAffinityTerm,
  V1PodAntiAffinity,
  V1TopologySpreadConstraint,
  V1WeightedPodAffinityTerm,
} from '@kubernetes/client-node';
import { fields, noEffect, supported, type Table } from './field.ts';
import { LABEL_SELECTOR } from './label-selector.ts';
import { API_SERVER } from './reasons.ts';

const LIKED =
  'unit/controller/model/placement/pod-affinity: preferences weigh: its own and those of the pods that are there';
const NAMESPACES =
  'unit/controller/model/placement/pod-affinity: a term means its own namespace, the ones it names, or those it selects';
const SPREAD =
  'e2e/placement: spreads nine replicas evenly over three agents, and gives each of three its own';
const POLICIES =
  'unit/controller/model/placement/topology-spread: taints, cordons and affinity make an agent no domain where the constraint says so';
const MIN_DOMAINS = 'unit/controller/model/placement/topology-spread: minDomains asks for as many agents';
const REVISIONS =
  'unit/controller/model/placement/topology-spread: pods being deleted do not count, nor do those of another revision when matchLabelKeys tells them apart';

const POD_AFFINITY_TERM: Table<V1PodAffinityTerm> = {
  title: 'PodAffinityTerm',
  rows: {
    labelSelector: fields(LABEL_SELECTOR),
    matchLabelKeys: noEffect(API_SERVER),
    mismatchLabelKeys: noEffect(API_SERVER),
    namespaceSelector: fields(LABEL_SELECTOR),
    namespaces: supported(NAMESPACES),
    topologyKey: supported(SPREAD),
  },
};

const WEIGHTED_TERM: Table<V1WeightedPodAffinityTerm> = {
  title: 'WeightedPodAffinityTerm',
  rows: {
    podAffinityTerm: fields(POD_AFFINITY_TERM),
    weight: supported(LIKED),
  },
};

export const POD_AFFINITY: Table<V1PodAffinity> = {
  title: 'PodAffinity',
  rows: {
    preferredDuringSchedulingIgnoredDuringExecution: fields(WEIGHTED_TERM),
    requiredDuringSchedulingIgnoredDuringExecution: fields(POD_AFFINITY_TERM),
  },
};

export const POD_ANTI_AFFINITY: Table<V1PodAntiAffinity> = {
  title: 'PodAntiAffinity',
  rows: {
    preferredDuringSchedulingIgnoredDuringExecution: fields(WEIGHTED_TERM),
    requiredDuringSchedulingIgnoredDuringExecution: fields(POD_AFFINITY_TERM),
  },
};

export const TOPOLOGY_SPREAD_CONSTRAINT: Table<V1TopologySpreadConstraint> = {
  title: 'TopologySpreadConstraint',
  rows: {
    labelSelector: fields(LABEL_SELECTOR),
    matchLabelKeys: supported(REVISIONS),
    maxSkew: supported(SPREAD),
    minDomains: supported(MIN_DOMAINS),
    nodeAffinityPolicy: supported(POLICIES),
    nodeTaintsPolicy: supported(POLICIES),
    topologyKey: supported(SPREAD),
    whenUnsatisfiable: supported(SPREAD),
  },
};
