// Role-based access, evaluated over the stored objects as the real authorizer does it. system:masters may do anything.
import { objectsAt, stringAt, stringsAt } from './json.ts';
import type { KubeObject } from './kube-object.ts';
import type { JsonObject } from './resource.ts';
import { objectKey, type Storage } from './storage.ts';
import type { User } from './tokens.ts';

export interface ResourceAttributes {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
}

export interface PathAttributes {
  readonly verb: string;
  readonly path: string;
}

export type Attributes = ResourceAttributes | PathAttributes;

export interface Decision {
  readonly allowed: boolean;
  readonly reason: string;
}

const RBAC = 'rbac.authorization.k8s.io';

export function authorize(storage: Storage, user: User, attributes: Attributes): Decision {
  if (user.groups.includes('system:masters')) return { allowed: true, reason: '' };
  const namespace = 'resource' in attributes ? (attributes.namespace ?? '') : '';
  for (const grant of grants(storage, user, namespace)) {
    if (grant.rules.some((rule) => ruleAllows(rule, attributes))) {
      return { allowed: true, reason: `RBAC: allowed by ${grant.source}` };
    }
  }
  return { allowed: false, reason: '' };
}

/** The rules that hold for the user in a namespace, for SelfSubjectRulesReview. */
export function rulesFor(storage: Storage, user: User, namespace: string): JsonObject[] {
  if (user.groups.includes('system:masters')) {
    return [
      { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
      { verbs: ['*'], nonResourceURLs: ['*'] },
    ];
  }
  return [...grants(storage, user, namespace)].flatMap((grant) => [...grant.rules]);
}

export function ruleAllows(rule: JsonObject, attributes: Attributes): boolean {
  const has = (field: string, value: string) => {
    const list = stringsAt(rule, field);
    return list.includes('*') || list.includes(value);
  };
  if (!has('verbs', attributes.verb)) return false;
  if ('path' in attributes) {
    return stringsAt(rule, 'nonResourceURLs').some(
      (pattern) =>
        pattern === attributes.path ||
        (pattern.endsWith('*') && attributes.path.startsWith(pattern.slice(0, -1))),
    );
  }
  const { group, resource, subresource, name } = attributes;
  const combined = subresource ? `${resource}/${subresource}` : resource;
  const resources = stringsAt(rule, 'resources');
  const covered =
    has('resources', combined) || (subresource !== undefined && resources.includes(`*/${subresource}`));
  const names = stringsAt(rule, 'resourceNames');
  return has('apiGroups', group) && covered && (names.length === 0 || names.includes(name ?? ''));
}

interface Grant {
  readonly rules: readonly JsonObject[];
  readonly source: string;
}

function* grants(storage: Storage, user: User, namespace: string): Generator<Grant> {
  const bindings = [
    ...storage.list(`clusterrolebindings.${RBAC}`),
    ...(namespace === '' ? [] : storage.list(`rolebindings.${RBAC}`, namespace)),
  ];
  for (const binding of bindings) {
    const subject = objectsAt(binding, 'subjects').find((candidate) => isSubject(candidate, user, binding));
    if (!subject) continue;
    const kind = stringAt(binding, 'roleRef', 'kind') ?? '';
    const name = stringAt(binding, 'roleRef', 'name') ?? '';
    const role =
      kind === 'ClusterRole'
        ? storage.get(`clusterroles.${RBAC}`, objectKey(undefined, name))
        : storage.get(`roles.${RBAC}`, objectKey(binding.metadata.namespace, name));
    const bound = placed(binding.metadata.name, binding.metadata.namespace);
    const whom = placed(stringAt(subject, 'name') ?? '', stringAt(subject, 'namespace'));
    yield {
      rules: objectsAt(role, 'rules'),
      source: `${binding.kind} "${bound}" of ${kind} "${name}" to ${stringAt(subject, 'kind')} "${whom}"`,
    };
  }
}

function placed(name: string, namespace: string | undefined): string {
  return namespace ? `${name}/${namespace}` : name;
}

function isSubject(subject: JsonObject, user: User, binding: KubeObject): boolean {
  const name = stringAt(subject, 'name') ?? '';
  switch (subject['kind']) {
    case 'User':
      return name === user.name;
    case 'Group':
      return user.groups.includes(name);
    case 'ServiceAccount': {
      const namespace = stringAt(subject, 'namespace') || (binding.metadata.namespace ?? '');
      return user.name === `system:serviceaccount:${namespace}:${name}`;
    }
    default:
      return false;
  }
}

/** What a 403 says. */
export function denial(user: User, attributes: Attributes): string {
  const who = `User ${JSON.stringify(user.name)} cannot`;
  if ('path' in attributes) return `${who} ${attributes.verb} path ${JSON.stringify(attributes.path)}`;
  const { verb, group, resource, subresource, namespace } = attributes;
  const what = `${JSON.stringify(subresource ? `${resource}/${subresource}` : resource)} in API group "${group}"`;
  return `${who} ${verb} resource ${what} ${
    namespace ? `in the namespace "${namespace}"` : 'at the cluster scope'
  }`;
}
