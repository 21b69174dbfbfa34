// The sandbox of a pod as the machine sees it: the process that holds the pod's namespaces.
import { AGENT_UID_LABEL, IS_SANDBOX, POD_UID_LABEL } from '../pod/labels.ts';
import { asked, optional } from './docker-ask.ts';
import type { DockerClients } from './docker-clients.ts';

export interface PodSandbox {
  /** The machine's own number. */
  readonly pid: number;
  readonly containerId: string;
}

/** Undefined when none runs. */
export async function findPodSandbox(
  { prompt }: Pick<DockerClients, 'prompt'>,
  { agentUid, podUid }: { readonly agentUid: string; readonly podUid: string },
): Promise<PodSandbox | undefined> {
  const label = [`${AGENT_UID_LABEL}=${agentUid}`, `${POD_UID_LABEL}=${podUid}`, IS_SANDBOX];
  const [found] = await asked(() => prompt.listContainers({ filters: { label, status: ['running'] } }));
  const sandbox = found && (await optional(() => prompt.getContainer(found.Id).inspect()));
  return sandbox?.State.Running ? { pid: sandbox.State.Pid, containerId: sandbox.Id } : undefined;
}
