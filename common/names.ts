// The names both programs and the cluster agree on.

/** Presence label of an agent on the virtual node: `agent.longshore.dev/<agent>: "true"`. */
export const AGENT_PRESENCE_PREFIX = 'agent.longshore.dev/';

/** The pod status condition that holds the placement; the only record of it. */
export const PLACED_CONDITION = 'longshore.dev/Placed';

/** On a pod, for people alone. On an event about a pod: the agent that it was on. */
export const AGENT_ANNOTATION = 'longshore.dev/agent';

/** On an event that the controller passes on from a pod's agent: `agent`. Without it the words are the controller's own. */
export const SAID_BY_ANNOTATION = 'longshore.dev/said-by';

/** Topology keys of one machine each. The second is on the virtual node too, so that the scheduler is satisfied. */
export const AGENT_KEY = 'longshore.dev/agent';
export const AGENT_DOMAIN_KEY = 'longshore.dev/agent-domain';

/** What a pod asks of its agent beyond what node affinity can tell the scheduler: a label selector, with `gt` and `lt`. */
export const AGENT_SELECTOR_ANNOTATION = 'longshore.dev/agent-selector';

/** `keep`: a pod that is not deleted because its agent is lost. */
export const ON_DISCONNECT_ANNOTATION = 'longshore.dev/on-disconnect';

/** On an Agent that is being deleted: its UID, by which an operator declares an unreachable machine to be gone for good. */
export const DECLARED_GONE_ANNOTATION = 'longshore.dev/declared-gone';

/** `reject`: a pod that no agent can take fails, as on a kubelet, instead of waiting. */
export const UNPLACEABLE_ANNOTATION = 'longshore.dev/unplaceable';

/** An image of a process that only waits: agents make it themselves, no registry has it. */
export const PAUSE_IMAGE = 'longshore.dev/pause';

/** On the leader's own Pod; the Services of deploy/ select it. */
export const LEADER_LABEL = 'longshore.dev/leader';

/** The name on the controller's serving certificate that agents and CLI check, wherever they dial. */
export const CONTROLLER_SERVER_NAME = 'controller.longshore.internal';

export const MDNS_SERVICE = 'longshore';

/** Bearer tokens of operators are asked for with this audience. */
export const OPERATOR_AUDIENCE = 'longshore';

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** Agent names are DNS-1123 labels of at most 63 characters. */
export function isAgentName(name: string): boolean {
  return DNS_LABEL.test(name);
}

/** The nearest agent name to a hostname; undefined when nothing of it can be kept. */
export function agentNameFromHostname(hostname: string): string | undefined {
  const label = (hostname.split('.')[0] ?? '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]/g, '-')
    .slice(0, 63)
    .replaceAll(/^-+|-+$/g, '');
  return isAgentName(label) ? label : undefined;
}
