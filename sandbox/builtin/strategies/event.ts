// Events: one stored form (core/v1); events.k8s.io shows the same ones under its own field names.
import { type FieldError, invalidField } from '../api-error.ts';
import { stringAt } from '../json.ts';
import type { KindStrategy } from '../strategy.ts';

export const eventStrategy: KindStrategy = {
  createOnUpdate: true,
  validate(event) {
    const errors: FieldError[] = [];
    const involved = stringAt(event, 'involvedObject', 'namespace') ?? '';
    const own = event.metadata.namespace ?? '';
    // Events about cluster-scoped objects live in "default".
    if (involved === '' ? own !== 'default' && own !== 'kube-system' : involved !== own) {
      errors.push(invalidField('involvedObject.namespace', involved, 'does not match event.namespace'));
    }
    return errors;
  },
};
