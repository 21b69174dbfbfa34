// PodDisruptionBudgets: stored with a fresh status; the eviction handler computes what they allow when it is asked.
import { type FieldError, invalidField } from '../api-error.ts';
import { at } from '../json.ts';
import type { KindStrategy } from '../strategy.ts';

export const pdbStrategy: KindStrategy = {
  hasGeneration: true,
  prepareForCreate(budget) {
    budget['status'] = { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 };
  },
  validate(budget): FieldError[] {
    const both =
      at(budget, 'spec', 'minAvailable') !== undefined && at(budget, 'spec', 'maxUnavailable') !== undefined;
    return both ? [invalidField('spec', {}, 'minAvailable and maxUnavailable cannot be both set')] : [];
  },
};
