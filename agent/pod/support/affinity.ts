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
const OPERATORS =
  'unit/controller/model/placement/place: required node affinity is judged against one machine: every operator';
const MATCH_FIELDS =
  'unit/controller/model/placement/place: matchFields names the virtual node, and nodeSelector sees the machine';

const PREFERRED =
  'unit/controller/model/placement/score: preferred node affinity: the sum of the weights of the terms that match';
const TOLERATED = 'e2e/placement: keeps off what an agent’s taint does not let in';
const TAINTS = 'unit/controller/model/placement/taints: a taint keeps pods off unless they tolerate it';

const NODE_SELECTOR_REQUIREMENT: Table<V1NodeSelectorRequirement> = {
  title: 'NodeSelectorRequirement',
  rows: {
    key: supported(PLACED),
    operator: supported(OPERATORS),
    values: supported(OPERATORS),
  },
};

const MATCH_FIELD: Table<V1NodeSelectorRequirement> = {
  title: 'NodeSelectorRequirement in matchFields',
  rows: {
    key: supported(MATCH_FIELDS),
    operator: supported(MATCH_FIELDS),
    values: supported(MATCH_FIELDS),
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
    weight: supported(PREFERRED),
  },
};

export const TOLERATION: Table<V1Toleration> = {
  title: 'Toleration',
  rows: {
    effect: supported(TAINTS),
    key: supported(TOLERATED),
    operator: supported(TOLERATED),
    tolerationSeconds: supported(
      'unit/controller/reconcile/taint-evictions: a NoExecute taint drives off pods that do not tolerate it, the others when their seconds are over',
    ),
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
