// Who can serve a request about a pod, and what is said when nobody can.
import { LongshoreError } from '../../common/errors.ts';
import { containerStatuses, type Pod } from '../../common/pod.ts';
import type { AgentLink } from '../reconcile/agent-link.ts';

export interface FoundPod {
  readonly pod: Pod;
  /** The agent it is placed on; undefined while it waits for one. */
  readonly agentName: string | undefined;
  /** Undefined while that agent is not connected. */
  readonly link: Pick<AgentLink, 'openStream'> | undefined;
}

export interface PodFinder {
  findPod(namespace: string, name: string): FoundPod | undefined;
}

export interface PodName {
  readonly namespace: string;
  readonly pod: string;
  /** Where the caller names it, the pod must be this very one. */
  readonly uid?: string;
}

/**
 * The pod and the link to its agent. Throws `not-found` or `unavailable` in words for the caller, with no colon among them:
 * kubectl would take what it hears of a stream that is refused for a YAML map, and show nothing of it.
 */
export function reachPod(
  pods: PodFinder,
  { namespace, pod, uid }: PodName,
): { readonly pod: Pod; readonly link: Pick<AgentLink, 'openStream'> } {
  const found = pods.findPod(namespace, pod);
  if (!found) throw new LongshoreError('not-found', 'pod does not exist');
  if (uid !== undefined && found.pod.metadata.uid !== uid)
    throw new LongshoreError('not-found', 'pod not found');
  const { link, agentName } = found;
  if (link) return { pod: found.pod, link };
  const name = JSON.stringify(pod);
  if (agentName === undefined)
    throw new LongshoreError('unavailable', `pod ${name} does not run yet, no agent has been chosen for it`);
  throw new LongshoreError(
    'unavailable',
    `pod ${name} cannot be reached, agent ${JSON.stringify(agentName)} is not connected to the controller`,
  );
}

export function hasContainer({ spec }: Pod, name: string): boolean {
  const all = [spec.containers, spec.initContainers ?? [], spec.ephemeralContainers ?? []].flat();
  return all.some((container) => container.name === name);
}

/** As its agent said last. */
export function runsContainer({ status }: Pod, name: string): boolean {
  return containerStatuses(status).some((found) => found.name === name && found.state?.running !== undefined);
}
