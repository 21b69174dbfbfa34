// The nodes of a fleet as the controller names them: the one node, or for nodes of agents a name with `*` for the agent's.

export function isNodeOfFleet(pattern: string, name: string): boolean {
  if (!pattern.endsWith('*')) return name === pattern;
  return name.length >= pattern.length && name.startsWith(pattern.slice(0, -1));
}

/** The node that shows this agent; of no agent only the one node of all. */
export function nodeOfAgent(pattern: string, agent: string | undefined): string | undefined {
  if (!pattern.endsWith('*')) return pattern;
  return agent === undefined ? undefined : `${pattern.slice(0, -1)}${agent}`;
}
