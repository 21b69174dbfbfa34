// The nodes of a fleet as the controller names them: the one node, or for nodes of agents a name with `*` for the agent's.

export function isNodeOfFleet(pattern: string, name: string): boolean {
  if (!pattern.endsWith('*')) return name === pattern;
  return name.length >= pattern.length && name.startsWith(pattern.slice(0, -1));
}

/** The node that shows this agent. */
export function nodeOfAgent(pattern: string, agent: string): string {
  return pattern.endsWith('*') ? `${pattern.slice(0, -1)}${agent}` : pattern;
}
