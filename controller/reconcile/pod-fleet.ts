// What the pod reconciler needs to know of the agents; answered from memory, at once.
import type { DecisionContext } from '../model/placement/decide.ts';
import type { DisruptionBudgets } from '../model/placement/disruption-budget.ts';
import type { PlacementAgent } from '../model/placement/placement-agent.ts';
import type { AgentLink } from './agent-link.ts';

export type PlacementView = Pick<
  DecisionContext,
  'nodeName' | 'agents' | 'nodeLabels' | 'presenceKeys' | 'namespaces' | 'unlistedNamespaces'
>;

export interface PodFleet {
  /** Agent objects have been listed completely once. */
  readonly synced: boolean;
  /** What disruption of pods the cluster allows now; undefined: that is not known yet. */
  budgets(): DisruptionBudgets | undefined;
  /** What placement of this node's pods judges by; it holds until agents, or labels of nodes, change. */
  placementView(nodeName: string): PlacementView;
  /** One agent of these views, as it is now; undefined: it is in none. */
  placementAgent(agentUid: string): PlacementAgent | undefined;
  /** The live session, if there is one. */
  link(agentUid: string): AgentLink | undefined;
  links(): Iterable<AgentLink>;
  /** The agent has an object. */
  knows(agentUid: string): boolean;
  /** The cluster reaches the agent's pods at their addresses. */
  isRoutable(agentUid: string): boolean;
  /** Nothing that is placed there runs any more, as far as anybody will ever know: it has no object, or was declared gone. */
  isGone(agentUid: string): boolean;
  /** The agent has been silent for too long, or has no object any more. */
  isLost(agentUid: string): boolean;
}
