// Keeps the status of PodDisruptionBudgets true, for those who look at it.
import type { ControllerContext } from '../controllers.ts';
import { budgetStatus } from '../eviction.ts';
import { objectAt } from '../json.ts';
import { lookAgain } from './look-again.ts';

export function disruptionStatus(context: ControllerContext): Disposable {
  const { objects, registry } = context;
  const resource = registry.builtin('poddisruptionbudgets', 'policy');
  const look = () => {
    for (const budget of objects.list(resource)) {
      const { namespace, name, generation } = budget.metadata;
      const pods = objects.list(registry.builtin('pods'), namespace);
      objects.change({ resource, namespace, name }, {}, (next) => {
        const observed = generation === undefined ? {} : { observedGeneration: generation };
        next['status'] = { ...objectAt(next, 'status'), ...budgetStatus(budget, pods), ...observed };
      });
    }
  };
  return lookAgain(context, {
    name: 'disruption-status',
    buckets: ['pods.', 'poddisruptionbudgets.policy'],
    look,
  });
}
