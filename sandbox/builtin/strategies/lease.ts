// coordination.k8s.io Leases: the holder's writes must name the version they replace.
import { type FieldError, invalidField } from '../api-error.ts';
import { at } from '../json.ts';
import type { KindStrategy } from '../strategy.ts';

export const leaseStrategy: KindStrategy = {
  createOnUpdate: true,
  needsVersion: true,
  validate(lease) {
    const errors: FieldError[] = [];
    const seconds = at(lease, 'spec', 'leaseDurationSeconds');
    if (typeof seconds === 'number' && seconds <= 0) {
      errors.push(invalidField('spec.leaseDurationSeconds', seconds, 'must be greater than 0'));
    }
    const transitions = at(lease, 'spec', 'leaseTransitions');
    if (typeof transitions === 'number' && transitions < 0) {
      errors.push(invalidField('spec.leaseTransitions', transitions, 'must be greater than or equal to 0'));
    }
    return errors;
  },
};
