// What placement asks about the cluster beside pods and agents: the labels of namespaces, which affinity terms select by,
// and the disruption budgets, which preemption spares. One watch each. What is not listed yet is not known, and never
// taken for empty.
import type { V1Namespace, V1PodDisruptionBudget } from '@kubernetes/client-node';
import type { Clock } from '../../common/clock.ts';
import { describeError, errorCode, LongshoreError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import type { Json } from '../../common/pod.ts';
import {
  type DisruptionBudgets,
  disruptionBudgets,
  readBudget,
} from '../model/placement/disruption-budget.ts';
import { isSameJson } from '../model/same-json.ts';
import type { ClusterFacts } from '../reconcile/agent-registry.ts';
import type { KubeClient } from './client.ts';
import { createReflector, type Reflector } from './reflector.ts';
import type { KubeObject } from './watch.ts';

export interface KubeClusterFacts extends ClusterFacts {
  /** What keeps it from following now; undefined while all is well. */
  readonly trouble: Error | undefined;
  /** Works until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

type Labels = Readonly<Record<string, string>>;

const NAME_LABEL = 'kubernetes.io/metadata.name';
const NOTHING_PLACED = 'no pod is placed until the namespaces are listed';
const NOBODY_PREEMPTED = 'no pod is ended for a more important one until PodDisruptionBudgets are listed';

export function createClusterFacts(
  options: {
    readonly client: KubeClient;
    /** What it answers is another than before, in a way that may let a waiting pod in. */
    readonly onChange: () => void;
  },
  tools: { readonly clock: Clock; readonly log: Log },
): KubeClusterFacts {
  const { client, onChange } = options;
  const labelsByUid = new Map<string, Labels>();
  const namespaces: Reflector<KubeObject> = createReflector<Json<V1Namespace> & KubeObject>(
    {
      client,
      path: '/api/v1/namespaces',
      explain: (error) => (namespaces.isSynced ? error : meaning(NOTHING_PLACED, error)),
      failed: () => {
        if (!namespaces.isSynced) onChange();
      },
      observer: {
        changed({ metadata: { uid, labels = {} } }) {
          const before = labelsByUid.get(uid);
          labelsByUid.set(uid, labels);
          if (namespaces.isSynced && !isSameJson(before, labels)) onChange();
        },
        vanished: (uid) => labelsByUid.delete(uid),
        synced: onChange,
      },
    },
    tools,
  );
  const budgets = createReflector<Json<V1PodDisruptionBudget> & KubeObject>(
    {
      client,
      path: '/apis/policy/v1/poddisruptionbudgets',
      explain: (error): Error => (budgets.isSynced ? error : meaning(NOBODY_PREEMPTED, error)),
      observer: { changed: forget, vanished: forget, synced: onChange },
    },
    tools,
  );
  let read: DisruptionBudgets | undefined;
  function forget(): void {
    read = undefined;
  }

  return {
    // One that is not known yet has at least the label that every namespace has.
    namespaces(name) {
      const found = namespaces.byName(name);
      return (found && labelsByUid.get(found.metadata.uid)) ?? { [NAME_LABEL]: name };
    },
    get unlistedNamespaces() {
      if (namespaces.isSynced) return undefined;
      const { trouble } = namespaces;
      return { trouble: trouble && describeError(trouble) };
    },
    budgets() {
      if (!budgets.isSynced) return undefined;
      read ??= disruptionBudgets(budgets.list().map(readBudget));
      return read;
    },
    get trouble() {
      return namespaces.trouble ?? budgets.trouble;
    },
    async run(signal) {
      await Promise.all([namespaces.run(signal), budgets.run(signal)]);
    },
  };
}

function meaning(what: string, error: Error): Error {
  return new LongshoreError(errorCode(error), `${what}: ${error.message}`, { cause: error });
}
