// What `up` waits for and `status` shows, read from the API server as any client would.
import { CoreV1Api, CustomObjectsApi, KubeConfig } from '@kubernetes/client-node';

export interface ObservedAgent {
  readonly name: string;
  readonly uid: string;
  readonly ready: boolean;
}

export function loadKubeconfig(file: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromFile(file);
  return config;
}

/** Whether all of these nodes are Ready; undefined while one is not registered. */
export async function observeNodesReady(
  kubeconfig: string,
  names: readonly string[],
): Promise<boolean | undefined> {
  const { items } = await loadKubeconfig(kubeconfig).makeApiClient(CoreV1Api).listNode();
  const nodes = names.map((name) => items.find(({ metadata }) => metadata?.name === name));
  if (nodes.some((node) => !node)) return undefined;
  return nodes.every((node) =>
    node?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
  );
}

export async function observeAgents(kubeconfig: string): Promise<ObservedAgent[]> {
  const list = (await loadKubeconfig(kubeconfig)
    .makeApiClient(CustomObjectsApi)
    .listClusterCustomObject({ group: 'longshore.dev', version: 'v1alpha1', plural: 'agents' })) as AgentList;
  return list.items.map(({ metadata, status }) => ({
    name: metadata.name,
    uid: metadata.uid,
    ready:
      status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') ??
      false,
  }));
}

interface AgentList {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly uid: string };
    readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
  }[];
}
