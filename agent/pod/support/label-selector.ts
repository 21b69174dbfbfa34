// How objects are chosen by their labels, wherever a pod does so.
import type { V1LabelSelector, V1LabelSelectorRequirement } from '@kubernetes/client-node';
import { fields, supported, type Table } from './field.ts';

const EVERY_OPERATOR =
  'e2e/placement: finds the neighbours of a pod by their labels and namespaces, and weighs whom it prefers';

const LABEL_SELECTOR_REQUIREMENT: Table<V1LabelSelectorRequirement> = {
  title: 'LabelSelectorRequirement',
  rows: {
    key: supported(EVERY_OPERATOR),
    operator: supported(EVERY_OPERATOR),
    values: supported(EVERY_OPERATOR),
  },
};

export const LABEL_SELECTOR: Table<V1LabelSelector> = {
  title: 'LabelSelector',
  rows: {
    matchExpressions: fields(LABEL_SELECTOR_REQUIREMENT),
    matchLabels: supported(EVERY_OPERATOR),
  },
};
