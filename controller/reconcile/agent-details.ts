// One agent with all that is known of it: its object, its status as new as this process knows it, and its pods.
import type { AgentDetails } from '../../proto/gen/longshore/v1/AgentDetails.ts';
import type { Clearing } from '../../proto/gen/longshore/v1/Clearing.ts';
import { type ClearingState, podsLeft } from '../model/clearing.ts';
import type { RefusedPod } from '../model/drain.ts';
import { formatResources, podRequests } from '../model/placement/resources.ts';
import { agentInfo } from './agent-info.ts';
import type { AgentRegistry } from './agent-registry.ts';
import type { PodController } from './pod-controller.ts';
import { podInfo } from './pod-info.ts';

export interface AgentDetailsOptions {
  readonly registry: AgentRegistry;
  readonly pods: Pick<PodController, 'entriesOn' | 'load'>;
}

/** Undefined when there is no such agent. */
export function agentDetails(
  name: string,
  { registry, pods }: AgentDetailsOptions,
): AgentDetails | undefined {
  const agent = registry.agents().find((candidate) => candidate.name === name);
  const entry = agent && registry.get(agent.uid);
  if (!agent || !entry?.object) return undefined;
  const status = entry.status ?? entry.object.status;
  return {
    agent: agentInfo(agent, { registry, load: pods.load }),
    objectJson: Buffer.from(JSON.stringify({ ...entry.object, ...(status && { status }) })),
    pods: pods
      .entriesOn(agent.uid)
      .flatMap((pod) => {
        const requests = pod.pod ? formatResources(podRequests(pod.pod)) : {};
        return podInfo(pod).map((info) => ({ pod: info, requests }));
      })
      .sort((a, b) => (key(a.pod) < key(b.pod) ? -1 : 1)),
    ...(entry.clearing && { clearing: clearingInfo(entry.clearing) }),
  };
}

function clearingInfo(state: ClearingState): Clearing {
  const kept = ({ pod: { metadata }, why }: RefusedPod) => {
    const { namespace, name } = metadata;
    return { namespace, name, why };
  };
  return {
    done: podsLeft(state) === 0,
    left: podsLeft(state),
    held: state.held.map(kept),
    refused: state.refused.map(kept),
    unreachable: state.isUnreachable,
    generation: state.generation,
  };
}

function key({ namespace, name }: { readonly namespace?: string; readonly name?: string }): string {
  return `${namespace}/${name}`;
}
