// Label and field selectors of lists and watches: text in, predicate out. Wrong text is a 400 like the real server's.
import { badRequest } from './api-error.ts';
import { at } from './json.ts';
import type { KubeObject } from './kube-object.ts';
import type { JsonObject, ResourceDefinition } from './resource.ts';

export type Predicate = (object: KubeObject) => boolean;

type Labels = Readonly<Record<string, string>>;
type LabelTest = (labels: Labels) => boolean;

const LABEL_KEY = `(?:[A-Za-z0-9][-A-Za-z0-9_.]*/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?`;
const SET = new RegExp(`^(${LABEL_KEY})\\s+(in|notin)\\s*\\(([^()]*)\\)$`);
const EQUALITY = new RegExp(`^(${LABEL_KEY})\\s*(==|=|!=)\\s*([-A-Za-z0-9_.]*)$`);
const NUMBER = new RegExp(`^(${LABEL_KEY})\\s*([<>])\\s*(-?\\d+)$`);
const EXISTS = new RegExp(`^(!?)\\s*(${LABEL_KEY})$`);

export function parseLabelSelector(text: string): Predicate {
  const tests = splitTopLevel(text).map(parseRequirement);
  return (object) => tests.every((test) => test(object.metadata.labels ?? {}));
}

/** Commas inside parentheses do not separate requirements. */
function splitTopLevel(text: string): string[] {
  return text
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function parseRequirement(text: string): LabelTest {
  const set = SET.exec(text);
  if (set) {
    const [, key = '', operator, list = ''] = set;
    const values = new Set(list.split(',').map((value) => value.trim()));
    const isIn = (labels: Labels) => Object.hasOwn(labels, key) && values.has(labels[key] ?? '');
    return operator === 'in' ? isIn : (labels) => !isIn(labels);
  }
  const equality = EQUALITY.exec(text);
  if (equality) {
    const [, key = '', operator, value = ''] = equality;
    const equals = (labels: Labels) => Object.hasOwn(labels, key) && labels[key] === value;
    return operator === '!=' ? (labels) => !equals(labels) : equals;
  }
  const comparison = NUMBER.exec(text);
  if (comparison) {
    const [, key = '', operator, limit] = comparison;
    return (labels) => {
      const value = labels[key];
      if (value === undefined || !/^-?\d+$/.test(value)) return false;
      return operator === '<' ? Number(value) < Number(limit) : Number(value) > Number(limit);
    };
  }
  const exists = EXISTS.exec(text);
  if (!exists) throw badRequest(`unable to parse requirement: found '${text}', expected a label selector`);
  const [, not, key = ''] = exists;
  return (labels) => Object.hasOwn(labels, key) === (not === '');
}

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
  if (field !== 'metadata.name' && field !== 'metadata.namespace' && known === undefined) {
    throw badRequest(`field label not supported: ${written}`);
  }
  if (field === 'metadata.namespace' && !resource.namespaced) {
    throw badRequest(`field label not supported: ${written}`);
  }
  const path = field === 'source' ? ['source', 'component'] : field.split('.');
  const read = (object: KubeObject) => String(at(object, ...path) ?? known ?? '');
  return operator === '!=' ? (object) => read(object) !== value : (object) => read(object) === value;
}

/** events.k8s.io names the involved object `regarding`. */
function storedField(field: string, resource: ResourceDefinition): string {
  if (resource.group !== 'events.k8s.io') return field;
  if (field === 'reportingController') return 'reportingComponent';
  return field.replace(/^regarding\./, 'involvedObject.');
}
