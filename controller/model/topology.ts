// Which virtual nodes there are. A node is a set of agents: it shows what they have, and a pod that is bound to it goes to
// one of them.

export interface Topology {
  /** The name of the node that shows this agent. */
  nodeOf(agentName: string): string;
}

/** One node for the whole fleet. */
export function oneNode(nodeName: string): Topology {
  return { nodeOf: () => nodeName };
}
