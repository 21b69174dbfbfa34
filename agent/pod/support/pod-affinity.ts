// What a pod asks about other pods. The scheduler judges it by the node; placement judges it again among the machines
// behind the node (docs/placement.md says which topology keys mean them).
import type {
  V1PodAffinity,
  V1PodAffinityTerm,
  V1PodAntiAffinity,
  V1TopologySpreadConstraint,
  V1WeightedPodAffinityTerm,
} from '@kubernetes/client-node';
import { fields, noEffect, supported, type Table, told } from './field.ts';
import { LABEL_SELECTOR } from './label-selector.ts';
import { API_SERVER } from './reasons.ts';

const NEIGHBOURS =
  'e2e/placement: finds the neighbours of a pod by their labels and namespaces, and weighs whom it prefers';
const SPREAD =
  'e2e/placement: spreads nine replicas evenly over three agents, and gives each of three its own';
const COUNTED =
  'e2e/placement: spreads by revision, over as many machines as are asked for, and counts those that the policies say';

const ONE_DOMAIN =
  'among machines; the scheduler takes the node for one domain, unless there is [one for each machine](topologies.md)';

const POD_AFFINITY_TERM: Table<V1PodAffinityTerm> = {
  title: 'PodAffinityTerm',
  rows: {
    labelSelector: fields(LABEL_SELECTOR),
    matchLabelKeys: noEffect(API_SERVER),
    mismatchLabelKeys: noEffect(API_SERVER),
    namespaceSelector: fields(LABEL_SELECTOR),
    namespaces: supported(NEIGHBOURS),
    topologyKey: supported(SPREAD),
  },
};

const WEIGHTED_TERM: Table<V1WeightedPodAffinityTerm> = {
  title: 'WeightedPodAffinityTerm',
  rows: {
    podAffinityTerm: fields(POD_AFFINITY_TERM),
    weight: supported(NEIGHBOURS),
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
    matchLabelKeys: supported(COUNTED),
    maxSkew: supported([SPREAD, COUNTED]),
    minDomains: supported(COUNTED, told(ONE_DOMAIN)),
    nodeAffinityPolicy: supported(COUNTED),
    nodeTaintsPolicy: supported(COUNTED),
    topologyKey: supported(SPREAD),
    whenUnsatisfiable: supported([SPREAD, COUNTED]),
  },
};
