// CustomResourceDefinitions: checked, and established at once, since nothing else has to agree here.
import { type FieldError, invalidField, required, unsupported } from '../api-error.ts';
import { clone, ensureObject, objectAt, objectsAt, setDefault, stringAt } from '../json.ts';
import { type KubeObject, timestamp } from '../kube-object.ts';
import type { KindStrategy, StrategyContext } from '../strategy.ts';

const SCOPES = ['Cluster', 'Namespaced'];

export const crdStrategy: KindStrategy = {
  hasGeneration: true,
  needsVersion: true,
  prepareForCreate(crd, context) {
    fillNames(crd);
    establish(crd, context);
  },
  prepareForUpdate(next, _current, context) {
    fillNames(next);
    establish(next, context);
  },
  validate: crdErrors,
  validateUpdate(next, current) {
    const errors = crdErrors(next);
    for (const field of ['group', 'scope'] as const) {
      if (stringAt(next, 'spec', field) !== stringAt(current, 'spec', field)) {
        errors.push(invalidField(`spec.${field}`, stringAt(next, 'spec', field), 'field is immutable'));
      }
    }
    return errors;
  },
};

function fillNames(crd: KubeObject): void {
  const spec = ensureObject(crd, 'spec');
  const names = ensureObject(spec, 'names');
  const kind = stringAt(names, 'kind') ?? '';
  setDefault(names, 'singular', kind.toLowerCase());
  setDefault(names, 'listKind', `${kind}List`);
  setDefault(spec, 'conversion', { strategy: 'None' });
}

function establish(crd: KubeObject, { clock }: StrategyContext): void {
  const status = ensureObject(crd, 'status');
  const now = timestamp(clock.now());
  const condition = (type: string, reason: string, message: string) => ({
    type,
    status: 'True',
    lastTransitionTime: now,
    reason,
    message,
  });
  setDefault(status, 'conditions', [
    condition('NamesAccepted', 'NoConflicts', 'no conflicts found'),
    condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted'),
  ]);
  status['acceptedNames'] = clone(objectAt(crd, 'spec', 'names') ?? {});
  setDefault(status, 'storedVersions', [storageVersion(crd)]);
}

function storageVersion(crd: KubeObject): string {
  const version = objectsAt(crd, 'spec', 'versions').find((candidate) => candidate['storage'] === true);
  return stringAt(version, 'name') ?? '';
}

function crdErrors(crd: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const read = (...path: string[]) => stringAt(crd, 'spec', ...path) ?? '';
  const expected = `${read('names', 'plural')}.${read('group')}`;
  if (crd.metadata.name !== expected) {
    errors.push(invalidField('metadata.name', crd.metadata.name, 'must be spec.names.plural+"."+spec.group'));
  }
  for (const path of [['group'], ['names', 'plural'], ['names', 'kind']]) {
    if (read(...path) === '') errors.push(required(`spec.${path.join('.')}`));
  }
  if (!SCOPES.includes(read('scope'))) errors.push(unsupported('spec.scope', read('scope'), SCOPES));
  const versions = objectsAt(crd, 'spec', 'versions');
  if (versions.length === 0) errors.push(required('spec.versions', 'must have at least one version'));
  else if (versions.filter((version) => version['storage'] === true).length !== 1) {
    errors.push(
      invalidField(
        'spec.versions',
        versions.length,
        'must have exactly one version marked as storage version',
      ),
    );
  }
  versions.forEach((version, index) => {
    if (!objectAt(version, 'schema', 'openAPIV3Schema')) {
      errors.push(required(`spec.versions[${index}].schema.openAPIV3Schema`, 'schemas are required'));
    }
  });
  return errors;
}
