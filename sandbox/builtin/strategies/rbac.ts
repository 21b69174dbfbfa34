// RBAC objects: names may hold colons, and a binding's role never changes.
import { isDeepStrictEqual } from 'node:util';
import { type FieldError, invalidField, required, unsupported } from '../api-error.ts';
import { ensureObject, listAt, objectsAt, setDefault, stringAt } from '../json.ts';
import type { KubeObject } from '../kube-object.ts';
import type { JsonObject } from '../resource.ts';
import type { KindStrategy } from '../strategy.ts';

const RBAC = 'rbac.authorization.k8s.io';

export const roleStrategy: KindStrategy = {
  nameRule: 'path',
  createOnUpdate: true,
  validate: (role) =>
    objectsAt(role, 'rules').flatMap((rule, index) =>
      ruleErrors(rule, `rules[${index}]`, role.kind === 'Role'),
    ),
};

function ruleErrors(rule: JsonObject, field: string, namespaced: boolean): FieldError[] {
  const count = (name: string) => listAt(rule, name).length;
  const errors: FieldError[] = [];
  if (count('verbs') === 0) {
    errors.push(required(`${field}.verbs`, 'verbs must contain at least one value'));
  }
  const paths = listAt(rule, 'nonResourceURLs');
  if (paths.length > 0) {
    if (namespaced) {
      const why = 'namespaced rules cannot apply to non-resource URLs';
      errors.push(invalidField(`${field}.nonResourceURLs`, paths, why));
    }
    return errors;
  }
  if (count('apiGroups') === 0) {
    errors.push(required(`${field}.apiGroups`, 'resource rules must supply at least one api group'));
  }
  if (count('resources') === 0) {
    errors.push(required(`${field}.resources`, 'resource rules must supply at least one resource'));
  }
  return errors;
}

export const bindingStrategy: KindStrategy = {
  nameRule: 'path',
  createOnUpdate: true,
  prepareForCreate: fillSubjects,
  prepareForUpdate: fillSubjects,
  validate: bindingErrors,
  validateUpdate(next, current) {
    const moved = !isDeepStrictEqual(next['roleRef'], current['roleRef']);
    return [
      ...bindingErrors(next),
      ...(moved ? [invalidField('roleRef', goReference(next), 'cannot change roleRef')] : []),
    ];
  },
};

/** As Go writes a struct that is no API type. */
function goReference(binding: KubeObject): JsonObject {
  const read = (field: string) => stringAt(binding, 'roleRef', field) ?? '';
  return { APIGroup: read('apiGroup'), Kind: read('kind'), Name: read('name') };
}

function fillSubjects(binding: KubeObject): void {
  setDefault(ensureObject(binding, 'roleRef'), 'apiGroup', RBAC);
  for (const subject of objectsAt(binding, 'subjects')) {
    if (subject['kind'] !== 'ServiceAccount') setDefault(subject, 'apiGroup', RBAC);
  }
}

function bindingErrors(binding: KubeObject): FieldError[] {
  const kinds = binding.kind === 'ClusterRoleBinding' ? ['ClusterRole'] : ['Role', 'ClusterRole'];
  const errors: FieldError[] = [];
  const group = stringAt(binding, 'roleRef', 'apiGroup') ?? '';
  if (group !== RBAC) errors.push(unsupported('roleRef.apiGroup', group, [RBAC]));
  if (!stringAt(binding, 'roleRef', 'name')) errors.push(required('roleRef.name'));
  const kind = stringAt(binding, 'roleRef', 'kind') ?? '';
  if (!kinds.includes(kind)) errors.push(unsupported('roleRef.kind', kind, kinds));
  objectsAt(binding, 'subjects').forEach((subject, index) => {
    if (!stringAt(subject, 'name')) errors.push(required(`subjects[${index}].name`));
    const subjectKinds = ['ServiceAccount', 'User', 'Group'];
    if (!subjectKinds.includes(stringAt(subject, 'kind') ?? '')) {
      errors.push(unsupported(`subjects[${index}].kind`, subject['kind'] ?? '', subjectKinds));
    } else if (subject['kind'] !== 'ServiceAccount' && subject['apiGroup'] !== RBAC) {
      errors.push(unsupported(`subjects[${index}].apiGroup`, subject['apiGroup'], [RBAC]));
    }
  });
  return errors;
}
