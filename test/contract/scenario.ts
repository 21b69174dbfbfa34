// A scenario: what a client asks, in order. It neither judges nor compares; the answers are compared afterwards.
import { Conversation, type Exchange } from './conversation.ts';
import type { Plane } from './plane.ts';

export interface Scenario {
  /** Names its golden file and its namespace. */
  readonly name: string;
  run(api: Conversation): Promise<void>;
}

/** Plays the scenario in a namespace of its own, ready as a cluster makes it. */
export async function play(plane: Plane, scenario: Scenario): Promise<readonly Exchange[]> {
  using api = new Conversation({ plane, namespace: `contract-${scenario.name}` });
  await api.aside.create('/api/v1/namespaces', { metadata: { name: api.namespace } });
  await api.aside.until(api.in('serviceaccounts/default'), ({ status }) => status === 200);
  await api.aside.until(api.in('configmaps/kube-root-ca.crt'), ({ status }) => status === 200);
  await scenario.run(api);
  return api.exchanges;
}
