// Field selectors of lists and watches, and label selectors as objects hold them. Wrong text is a 400 like the real
// server's.
import { badRequest } from './api-error.ts';
import { at } from './json.ts';
import type { KubeObject } from './kube-object.ts';
import type { Predicate } from './label-selector.ts';
import type { JsonObject, ResourceDefinition } from './resource.ts';

type Labels = Readonly<Record<string, string>>;

/** metav1.LabelSelector (matchLabels and matchExpressions) against labels; an absent selector matches nothing. */
export function matchesLabelSelector(selector: JsonObject | undefined, labels: Labels): boolean {
  if (!selector) return false;
  const equal = Object.entries(at(selector, 'matchLabels') ?? {}).every(
    ([key, value]) => labels[key] === value,
  );
  const expressions = at(selector, 'matchExpressions');
  return (
    equal && (Array.isArray(expressions) ? expressions : []).every((item) => matchesExpression(item, labels))
  );
}

function matchesExpression(expression: unknown, labels: Labels): boolean {
  const key = String(at(expression, 'key'));
  const values = at(expression, 'values');
  const has = Object.hasOwn(labels, key);
  const included = has && Array.isArray(values) && values.includes(labels[key]);
  switch (at(expression, 'operator')) {
    case 'In':
      return included;
    case 'NotIn':
      return !included;
    case 'Exists':
      return has;
    case 'DoesNotExist':
      return !has;
    default:
      return false;
  }
}

/** Fields beyond metadata.name and metadata.namespace that the real server selects by, with the value of an absent one. */
const FIELDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  pods: {
    'spec.nodeName': '',
    'spec.restartPolicy': '',
    'spec.schedulerName': '',
    'spec.serviceAccountName': '',
    'spec.hostNetwork': 'false',
    'status.phase': '',
    'status.podIP': '',
    'status.podIPs': '',
    'status.nominatedNodeName': '',
  },
  events: {
    'involvedObject.kind': '',
    'involvedObject.namespace': '',
    'involvedObject.name': '',
    'involvedObject.uid': '',
    'involvedObject.apiVersion': '',
    'involvedObject.resourceVersion': '',
    'involvedObject.fieldPath': '',
    reason: '',
    reportingComponent: '',
    source: '',
    type: '',
  },
  nodes: { 'spec.unschedulable': 'false' },
  namespaces: { 'status.phase': '' },
  secrets: { type: '' },
  services: { 'spec.clusterIP': '', 'spec.type': '' },
  certificatesigningrequests: { 'spec.signerName': '' },
};

export function parseFieldSelector(text: string, resource: ResourceDefinition): Predicate {
  const tests = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => parseField(part, resource));
  return (object) => tests.every((test) => test(object));
}

function parseField(text: string, resource: ResourceDefinition): Predicate {
  const match = /^([^=!]+?)\s*(==|=|!=)\s*(.*)$/.exec(text);
  if (!match) throw badRequest(`invalid selector: '${text}'; can't understand '${text}'`);
  const [, written = '', operator, value] = match;
  const field = storedField(written, resource);
  const known = resource.schema ? undefined : FIELDS[resource.plural]?.[field];
  const isMetadata = field === 'metadata.name' || field === 'metadata.namespace';
  if (!isMetadata && known === undefined) throw unsupportedField(written, resource);
  if (field === 'metadata.namespace' && !resource.namespaced) throw unsupportedField(written, resource);
  const path = field === 'source' ? ['source', 'component'] : field.split('.');
  const read = (object: KubeObject) => {
    const value = at(object, ...path);
    return value === undefined || typeof value === 'object' ? (known ?? '') : String(value);
  };
  return operator === '!=' ? (object) => read(object) !== value : (object) => read(object) === value;
}

/** events.k8s.io names the involved object `regarding`. */
function storedField(field: string, resource: ResourceDefinition): string {
  if (resource.group !== 'events.k8s.io') return field;
  if (field === 'reportingController') return 'reportingComponent';
  return field.replace(/^regarding\./, 'involvedObject.');
}

/** Kinds with fields of their own say it one way, all others another. */
function unsupportedField(field: string, resource: ResourceDefinition) {
  if (resource.schema || Object.hasOwn(FIELDS, resource.plural)) {
    return badRequest(`field label not supported: ${field}`);
  }
  return badRequest(
    `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`,
  );
}
