// Which virtual nodes there are. A node is a set of agents: it shows what they have, and a pod that is bound to it goes to
// one of them.

export interface Topology {
  /** Every agent has a node of its own: the cluster's scheduler has chosen the machine. */
  readonly isPerAgent: boolean;
  /** The name of the node that shows this agent. */
  nodeOf(agentName: string): string;
}

/** One node for the whole fleet. */
export function oneNode(nodeName: string): Topology {
  return { isPerAgent: false, nodeOf: () => nodeName };
}

/** The prefix keeps a machine from calling itself by the name of another node of the cluster. */
export function nodePerAgent(prefix: string): Topology {
  return { isPerAgent: true, nodeOf: (agentName) => `${prefix}-${agentName}` };
}
