// What of a pod's spec may change after it was made: images, a shorter activeDeadlineSeconds, more tolerations.
import { isDeepStrictEqual } from 'node:util';
import { type FieldError, forbiddenField, invalidField, required } from './api-error.ts';
import { clone, ensureObject, numberAt, objectsAt, stringAt } from './json.ts';
import type { KubeObject } from './kube-object.ts';

const FIXED =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n';

export function podUpdateErrors(next: KubeObject, current: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  for (const list of ['containers', 'initContainers']) {
    const before = objectsAt(current, 'spec', list);
    const after = objectsAt(next, 'spec', list);
    if (before.length !== after.length) {
      return [forbiddenField(`spec.${list}`, 'pod updates may not add or remove containers')];
    }
    after.forEach((container, index) => {
      if (!stringAt(container, 'image')) errors.push(required(`spec.${list}[${index}].image`));
    });
  }
  return [
    ...errors,
    ...deadlineErrors(next, current),
    ...tolerationErrors(next, current),
    ...fixedErrors(next, current),
  ];
}

function deadlineErrors(next: KubeObject, current: KubeObject): FieldError[] {
  const before = numberAt(current, 'spec', 'activeDeadlineSeconds');
  const after = numberAt(next, 'spec', 'activeDeadlineSeconds');
  const field = 'spec.activeDeadlineSeconds';
  if (before !== undefined && after === undefined) {
    return [invalidField(field, null, 'must not update from a positive integer to nil value')];
  }
  if (before !== undefined && after !== undefined && after > before) {
    return [invalidField(field, after, `must be less than or equal to previous value ${before}`)];
  }
  return after !== undefined && after < 1 ? [invalidField(field, after, 'must be greater than 0')] : [];
}

function tolerationErrors(next: KubeObject, current: KubeObject): FieldError[] {
  const after = objectsAt(next, 'spec', 'tolerations');
  const kept = objectsAt(current, 'spec', 'tolerations').every((old) =>
    after.some((item) => {
      const { tolerationSeconds: _before, ...oldRest } = old;
      const { tolerationSeconds: _after, ...rest } = item;
      return isDeepStrictEqual(oldRest, rest);
    }),
  );
  return kept
    ? []
    : [
        forbiddenField(
          'spec.tolerations',
          'existing toleration can not be modified except its tolerationSeconds',
        ),
      ];
}

/** Everything else must be as it was. */
function fixedErrors(next: KubeObject, current: KubeObject): FieldError[] {
  const masked = clone(next);
  const spec = ensureObject(masked, 'spec');
  const before = ensureObject(clone(current), 'spec');
  for (const list of ['containers', 'initContainers']) {
    const old = objectsAt(before, list);
    objectsAt(spec, list).forEach((container, index) => {
      container['image'] = old[index]?.['image'];
    });
  }
  for (const field of ['activeDeadlineSeconds', 'tolerations']) {
    if (before[field] === undefined) delete spec[field];
    else spec[field] = before[field];
  }
  const grace = numberAt(before, 'terminationGracePeriodSeconds');
  if (grace !== undefined && grace < 0 && spec['terminationGracePeriodSeconds'] === 1) {
    spec['terminationGracePeriodSeconds'] = grace;
  }
  return isDeepStrictEqual(spec, before) ? [] : [forbiddenField('spec', FIXED)];
}
