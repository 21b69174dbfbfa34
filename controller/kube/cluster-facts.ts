// What placement asks about the cluster beside pods and agents: the labels of namespaces, which affinity terms select by,
// and the disruption budgets, which preemption spares. One watch each.
import type { V1Namespace, V1PodDisruptionBudget } from '@kubernetes/client-node';
import type { Clock } from '../../common/clock.ts';
import type { Log } from '../../common/log.ts';
import type { Json } from '../../common/pod.ts';
import { type DisruptionBudget, readBudget } from '../model/placement/disruption-budget.ts';
import type { ClusterFacts } from '../reconcile/agent-registry.ts';
import type { KubeClient } from './client.ts';
import { createReflector } from './reflector.ts';
import type { KubeObject } from './watch.ts';

export interface KubeClusterFacts extends ClusterFacts {
  /** Works until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

const NAME_LABEL = 'kubernetes.io/metadata.name';

export function createClusterFacts(
  client: KubeClient,
  tools: { readonly clock: Clock; readonly log: Log },
): KubeClusterFacts {
  const namespaces = createReflector<Json<V1Namespace> & KubeObject>(
    { client, path: '/api/v1/namespaces' },
    tools,
  );
  const budgets = createReflector<Json<V1PodDisruptionBudget> & KubeObject>(
    { client, path: '/apis/policy/v1/poddisruptionbudgets', observer: { changed: forget, vanished: forget } },
    tools,
  );
  let read: readonly DisruptionBudget[] | undefined;
  function forget(): void {
    read = undefined;
  }

  return {
    // One that is not known yet has at least the label that every namespace has.
    namespaces: (name) => namespaces.byName(name)?.metadata.labels ?? { [NAME_LABEL]: name },
    budgets() {
      read ??= budgets.list().map(readBudget);
      return read;
    },
    async run(signal) {
      await Promise.all([namespaces.run(signal), budgets.run(signal)]);
    },
  };
}
