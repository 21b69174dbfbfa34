// Where a pod may run. The scheduler judges all of it by the node; placement judges it again for each machine behind it.
import type {
  V1Affinity,
  V1NodeAffinity,
  V1NodeSelector,
  V1NodeSelectorRequirement,
  V1NodeSelectorTerm,
  V1PreferredSchedulingTerm,
  V1Toleration,
} from '@kubernetes/client-node';
import { fields, supported, type Table } from './field.ts';
import { POD_AFFINITY, POD_ANTI_AFFINITY } from './pod-affinity.ts';

const PLACED = 'e2e/pods: binds by the scheduler, places by affinity, runs in Docker';
const JUDGED =
  'e2e/placement: judges node affinity by each machine, operator by operator, and weighs what is preferred';
const TOLERATED = 'e2e/placement: keeps off what an agent’s taint does not let in';
const TAINTS =
  'e2e/placement: goes by the value and the effect of a taint, and drives off who tolerates it for some seconds only';

const NODE_SELECTOR_REQUIREMENT: Table<V1NodeSelectorRequirement> = {
  title: 'NodeSelectorRequirement',
  rows: {
    key: supported(PLACED),
    operator: supported(JUDGED),
    values: supported(JUDGED),
  },
};

const MATCH_FIELD: Table<V1NodeSelectorRequirement> = {
  title: 'NodeSelectorRequirement in matchFields',
  rows: {
    key: supported(JUDGED),
    operator: supported(JUDGED),
    values: supported(JUDGED),
  },
};

const NODE_SELECTOR_TERM: Table<V1NodeSelectorTerm> = {
  title: 'NodeSelectorTerm',
  rows: {
    matchExpressions: fields(NODE_SELECTOR_REQUIREMENT),
    matchFields: fields(MATCH_FIELD),
  },
};

const NODE_SELECTOR: Table<V1NodeSelector> = {
  title: 'NodeSelector',
  rows: { nodeSelectorTerms: fields(NODE_SELECTOR_TERM) },
};

const PREFERRED_TERM: Table<V1PreferredSchedulingTerm> = {
  title: 'PreferredSchedulingTerm',
  rows: {
    preference: fields(NODE_SELECTOR_TERM),
    weight: supported(JUDGED),
  },
};

export const TOLERATION: Table<V1Toleration> = {
  title: 'Toleration',
  rows: {
    effect: supported(TAINTS),
    key: supported(TOLERATED),
    operator: supported(TOLERATED),
    tolerationSeconds: supported(TAINTS),
    value: supported(TAINTS),
  },
};

const NODE_AFFINITY: Table<V1NodeAffinity> = {
  title: 'NodeAffinity',
  rows: {
    preferredDuringSchedulingIgnoredDuringExecution: fields(PREFERRED_TERM),
    requiredDuringSchedulingIgnoredDuringExecution: fields(NODE_SELECTOR),
  },
};

export const AFFINITY: Table<V1Affinity> = {
  title: 'Affinity',
  rows: {
    nodeAffinity: fields(NODE_AFFINITY),
    podAffinity: fields(POD_AFFINITY),
    podAntiAffinity: fields(POD_ANTI_AFFINITY),
  },
};
