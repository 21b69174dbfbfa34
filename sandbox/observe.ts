// What `up` waits for and `status` shows, read from the API server as any client would.
import { CoreV1Api, CustomObjectsApi, KubeConfig } from '@kubernetes/client-node';
import { NODE_NAME } from './specs.ts';

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

/** Undefined while the node is not registered. */
export async function observeNodeReady(kubeconfig: string): Promise<boolean | undefined> {
  try {
    const node = await loadKubeconfig(kubeconfig).makeApiClient(CoreV1Api).readNode({ name: NODE_NAME });
    return (
      node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false
    );
  } catch (error) {
    if ((error as { code?: number }).code === 404) return undefined;
    throw error;
  }
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
