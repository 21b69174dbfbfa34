// Nodes start tainted not-ready, as the TaintNodesByCondition admission does; the node lifecycle takes the taint off.
import { isDeepStrictEqual } from 'node:util';
import { parseQuantity } from '../../../common/quantity.ts';
import { type FieldError, forbiddenField, invalidField, required, unsupported } from '../api-error.ts';
import { clone, ensureObject, objectAt, objectsAt, setDefault, stringAt, stringsAt } from '../json.ts';
import type { KubeObject } from '../kube-object.ts';
import { labelValueProblem, qualifiedNameProblems } from '../names.ts';
import type { JsonObject } from '../resource.ts';
import type { KindStrategy } from '../strategy.ts';

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];
const CIDR = /^[0-9a-fA-F.:]+\/\d{1,3}$/;

export const nodeStrategy: KindStrategy = {
  prepareForCreate(node) {
    const spec = ensureObject(node, 'spec');
    const notReady = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };
    const taints = objectsAt(spec, 'taints');
    if (!taints.some((taint) => taint['key'] === notReady.key && taint['effect'] === notReady.effect)) {
      spec['taints'] = [...taints, notReady];
    }
    const podCidr = stringAt(spec, 'podCIDR') ?? '';
    if (podCidr !== '') setDefault(spec, 'podCIDRs', [podCidr]);
    defaultAllocatable(node);
  },
  prepareForUpdate: defaultAllocatable,
  validate: (node) => [...taintErrors(node), ...capacityErrors(node), ...cidrErrors(node)],
  validateUpdate: (next, current) => [
    ...taintErrors(next),
    ...statusErrors(next),
    ...fixedErrors(next, current),
  ],
  validateStatus: statusErrors,
};

function defaultAllocatable(node: KubeObject): void {
  const status = ensureObject(node, 'status');
  if (status['capacity'] !== undefined && status['allocatable'] === undefined) {
    status['allocatable'] = clone(status['capacity']);
  }
}

/** What is set once stays. */
function fixedErrors(next: KubeObject, current: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const refuse = (field: string) =>
    errors.push(forbiddenField(`spec.${field}s`.replace('providerIDs', 'providerID'), why(field)));
  const why = (field: string) => `node updates may not change ${field} except from "" to valid`;
  const ranges = stringsAt(current, 'spec', 'podCIDRs');
  if (ranges.length > 0 && !isDeepStrictEqual(ranges, stringsAt(next, 'spec', 'podCIDRs'))) refuse('podCIDR');
  const provider = stringAt(current, 'spec', 'providerID') ?? '';
  if (provider !== '' && provider !== stringAt(next, 'spec', 'providerID')) refuse('providerID');
  return errors;
}

function statusErrors(node: KubeObject): FieldError[] {
  const addresses = objectsAt(node, 'status', 'addresses');
  const again = addresses.flatMap((address, index): FieldError[] => {
    if (addresses.findIndex((other) => isDeepStrictEqual(other, address)) === index) return [];
    const shown = { Type: stringAt(address, 'type') ?? '', Address: stringAt(address, 'address') ?? '' };
    return [{ type: 'duplicate', field: `status.addresses[${index}]`, detail: JSON.stringify(shown) }];
  });
  return [...capacityErrors(node), ...again];
}

function capacityErrors(node: KubeObject): FieldError[] {
  return Object.entries(objectAt(node, 'status', 'capacity') ?? {}).flatMap(([name, value]) => {
    const amount = parseQuantity(String(value)) ?? 0n;
    if (amount >= 0n) return [];
    return [invalidField(`status.capacity.${name}`, value, 'must be greater than or equal to 0')];
  });
}

function cidrErrors(node: KubeObject): FieldError[] {
  const why = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';
  return stringsAt(node, 'spec', 'podCIDRs').flatMap((range, index) =>
    CIDR.test(range) ? [] : [invalidField(`spec.podCIDRs[${index}]`, range, why)],
  );
}

function taintErrors(node: KubeObject): FieldError[] {
  const taints = objectsAt(node, 'spec', 'taints');
  return taints.flatMap((taint, index) => {
    const field = `metadata.taints[${index}]`;
    const key = stringAt(taint, 'key') ?? '';
    const value = labelValueProblem(stringAt(taint, 'value') ?? '');
    return [
      ...qualifiedNameProblems(key).map((problem) => invalidField(`${field}.key`, key, problem)),
      ...(value ? [invalidField(`${field}.value`, taint['value'], value)] : []),
      ...effectErrors(taint, field),
      ...(isAgain(taints, index) ? [duplicateTaint(taint, field)] : []),
    ];
  });
}

function effectErrors(taint: JsonObject, field: string): FieldError[] {
  const effect = stringAt(taint, 'effect') ?? '';
  if (effect === '') return [required(`${field}.effect`)];
  return EFFECTS.includes(effect) ? [] : [unsupported(`${field}.effect`, effect, EFFECTS)];
}

function isAgain(taints: readonly JsonObject[], index: number): boolean {
  const { key, effect } = taints[index] ?? {};
  return taints.findIndex((taint) => taint['key'] === key && taint['effect'] === effect) < index;
}

function duplicateTaint(taint: JsonObject, field: string): FieldError {
  const read = (name: string) => stringAt(taint, name) ?? '';
  const shown = { Key: read('key'), Value: read('value'), Effect: read('effect'), TimeAdded: null };
  const detail = `${JSON.stringify(shown)}: taints must be unique by key and effect pair`;
  return { type: 'duplicate', field, detail };
}
