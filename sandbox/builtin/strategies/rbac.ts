// RBAC objects: names may hold colons, and a binding's role never changes.
import { isDeepStrictEqual } from 'node:util';
import { type FieldError, invalidField, required, unsupported } from '../api-error.ts';
import { ensureObject, objectsAt, setDefault, stringAt } from '../json.ts';
import type { KubeObject } from '../kube-object.ts';
import type { KindStrategy } from '../strategy.ts';

export const roleStrategy: KindStrategy = {
  nameRule: 'path',
  createOnUpdate: true,
  prepareForCreate: (role) => setDefault(role, 'rules', role['aggregationRule'] ? null : []),
  validate(role) {
    return objectsAt(role, 'rules').flatMap((rule, index) =>
      Array.isArray(rule['verbs']) && rule['verbs'].length > 0
        ? []
        : [required(`rules[${index}].verbs`, 'verbs must contain at least one value')],
    );
  },
};

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
      ...(moved ? [invalidField('roleRef', next['roleRef'], 'cannot change roleRef')] : []),
    ];
  },
};

function fillSubjects(binding: KubeObject): void {
  setDefault(ensureObject(binding, 'roleRef'), 'apiGroup', 'rbac.authorization.k8s.io');
  for (const subject of objectsAt(binding, 'subjects')) {
    if (subject['kind'] !== 'ServiceAccount') setDefault(subject, 'apiGroup', 'rbac.authorization.k8s.io');
  }
}

function bindingErrors(binding: KubeObject): FieldError[] {
  const kinds = binding.kind === 'ClusterRoleBinding' ? ['ClusterRole'] : ['Role', 'ClusterRole'];
  const errors: FieldError[] = [];
  if (!stringAt(binding, 'roleRef', 'name')) errors.push(required('roleRef.name'));
  const kind = stringAt(binding, 'roleRef', 'kind') ?? '';
  if (!kinds.includes(kind)) errors.push(unsupported('roleRef.kind', kind, kinds));
  objectsAt(binding, 'subjects').forEach((subject, index) => {
    if (!stringAt(subject, 'name')) errors.push(required(`subjects[${index}].name`));
    const subjectKinds = ['ServiceAccount', 'User', 'Group'];
    if (!subjectKinds.includes(stringAt(subject, 'kind') ?? '')) {
      errors.push(unsupported(`subjects[${index}].kind`, subject['kind'] ?? '', subjectKinds));
    }
  });
  return errors;
}
