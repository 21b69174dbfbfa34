// The parts of a pod's spec that have a subresource of their own: debug containers, which are only ever added, and the
// containers' resources.
import { isDeepStrictEqual } from 'node:util';
import { type FieldError, forbiddenField } from './api-error.ts';
import { clone, ensureObject, objectAt, objectsAt, stringAt } from './json.ts';
import type { KubeObject } from './kube-object.ts';
import { podErrors } from './pod-validation.ts';
import type { JsonObject } from './resource.ts';
import type { SpecPart } from './strategy.ts';

export const ephemeralContainers: SpecPart = {
  spec(changed, current) {
    return {
      ...objectAt(current, 'spec'),
      ephemeralContainers: objectsAt(changed, 'spec', 'ephemeralContainers'),
    };
  },
  validate: (next, current) => [...podErrors(next), ...removedErrors(next, current)],
};

export const resize: SpecPart = {
  spec(changed, current) {
    const spec: JsonObject = clone(objectAt(current, 'spec') ?? {});
    for (const list of ['containers', 'initContainers']) {
      const given = objectsAt(changed, 'spec', list);
      for (const container of objectsAt(spec, list)) {
        const same = given.find((candidate) => candidate['name'] === container['name']);
        if (same) container['resources'] = clone(objectAt(same, 'resources') ?? {});
      }
    }
    return spec;
  },
  validate: podErrors,
};

function removedErrors(next: KubeObject, current: KubeObject): FieldError[] {
  const field = 'spec.ephemeralContainers';
  const after = objectsAt(next, 'spec', 'ephemeralContainers');
  return objectsAt(current, 'spec', 'ephemeralContainers').flatMap((container) => {
    const name = stringAt(container, 'name') ?? '';
    const found = after.find((candidate) => candidate['name'] === name);
    if (!found)
      return [forbiddenField(field, `existing ephemeral containers "${name}" may not be removed\n`)];
    if (isDeepStrictEqual(found, container)) return [];
    return [forbiddenField(field, `existing ephemeral containers "${name}" may not be changed\n`)];
  });
}

/** Of a new pod. */
export function ephemeralOnCreate(pod: KubeObject): FieldError[] {
  const some = objectsAt(ensureObject(pod, 'spec'), 'ephemeralContainers').length > 0;
  return some ? [forbiddenField('spec.ephemeralContainers', 'cannot be set on create')] : [];
}
