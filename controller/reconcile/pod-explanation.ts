// All that the controller knows of one pod, for whoever wonders what becomes of it.
import type { PodExplanation } from '../../proto/gen/longshore/v1/PodExplanation.ts';
import { agentInfo } from './agent-info.ts';
import type { AgentRegistry } from './agent-registry.ts';
import type { PodController } from './pod-controller.ts';
import { podInfo } from './pod-info.ts';

export interface PodExplanationOptions {
  readonly registry: AgentRegistry;
  readonly pods: Pick<PodController, 'explain' | 'load'>;
}

/** Undefined when no such pod is bound to a node of ours. */
export function podExplanation(
  { namespace, name }: { readonly namespace: string; readonly name: string },
  { registry, pods }: PodExplanationOptions,
): PodExplanation | undefined {
  const explained = pods.explain(namespace, name);
  if (!explained) return undefined;
  const { entry, pod, verdicts } = explained;
  const agent = registry.agents().find(({ uid }) => uid === entry.placement?.agentUid);
  const [info] = podInfo(entry);
  return {
    ...(info && { pod: info }),
    statusJson: Buffer.from(JSON.stringify(pod.status ?? {})),
    nodeName: pod.spec.nodeName ?? '',
    deletedAtMs: Date.parse(pod.metadata.deletionTimestamp ?? '') || 0,
    ...(agent && { agent: agentInfo(agent, { registry, load: pods.load }) }),
    verdicts: verdicts.map(({ agent, chosen, merits, obstacles }) => ({
      ...{ agent, chosen, merits: [...merits] },
      obstacles: obstacles.map(({ text, rule, until }) => ({ text, rule, until })),
    })),
  };
}
