// Nodes start tainted not-ready, as the TaintNodesByCondition admission does; the node lifecycle takes the taint off.
import { type FieldError, forbiddenField, invalidField, unsupported } from '../api-error.ts';
import { clone, ensureObject, objectsAt, stringAt } from '../json.ts';
import type { KubeObject } from '../kube-object.ts';
import { labelValueProblem, qualifiedNameProblem } from '../names.ts';
import type { KindStrategy } from '../strategy.ts';

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

export const nodeStrategy: KindStrategy = {
  prepareForCreate(node) {
    const spec = ensureObject(node, 'spec');
    const notReady = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };
    const taints = objectsAt(spec, 'taints');
    if (!taints.some((taint) => taint['key'] === notReady.key && taint['effect'] === notReady.effect)) {
      spec['taints'] = [...taints, notReady];
    }
    defaultAllocatable(node);
  },
  prepareForUpdate(next) {
    defaultAllocatable(next);
  },
  validate: taintErrors,
  validateUpdate(next, current) {
    const errors = taintErrors(next);
    for (const field of ['podCIDR', 'providerID'] as const) {
      const before = stringAt(current, 'spec', field) ?? '';
      if (before !== '' && before !== (stringAt(next, 'spec', field) ?? '')) {
        errors.push(forbiddenField(`spec.${field}`, 'node updates may not change it once it is set'));
      }
    }
    return errors;
  },
};

function defaultAllocatable(node: KubeObject): void {
  const status = ensureObject(node, 'status');
  if (status['capacity'] !== undefined && status['allocatable'] === undefined) {
    status['allocatable'] = clone(status['capacity']);
  }
}

function taintErrors(node: KubeObject): FieldError[] {
  return objectsAt(node, 'spec', 'taints').flatMap((taint, index) => {
    const field = `metadata.taints[${index}]`;
    const key = qualifiedNameProblem(stringAt(taint, 'key') ?? '');
    const value = labelValueProblem(stringAt(taint, 'value') ?? '');
    return [
      ...(key ? [invalidField(`${field}.key`, taint['key'], key)] : []),
      ...(value ? [invalidField(`${field}.value`, taint['value'], value)] : []),
      ...(EFFECTS.includes(stringAt(taint, 'effect') ?? '')
        ? []
        : [unsupported(`${field}.effect`, taint['effect'] ?? '', EFFECTS)]),
    ];
  });
}
