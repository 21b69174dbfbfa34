// Which agent a pod goes to, or why none: a pure function of the pod, the agents and what is placed on them. Filters
// first (state, labels, ports, resources), then the agent with the fewest pods; ties go to the first name.
import type { Pod } from '../../../common/pod.ts';
import type { Placement } from '../placement-record.ts';
import { type HostPort, hostPorts, takenPort } from './host-ports.ts';
import type { Load } from './load.ts';
import { matchesNode } from './node-affinity.ts';
import { podRequests, type Resources } from './resources.ts';
import { uninvitedDaemon } from './uninvited-daemon.ts';

export interface PlacementAgent {
  readonly name: string;
  readonly uid: string;
  /** A session is up. */
  readonly connected: boolean;
  readonly ready: boolean;
  readonly cordoned: boolean;
  /** The Agent object is being deleted. */
  readonly leaving: boolean;
  /** See `agentLabels`. */
  readonly labels: Readonly<Record<string, string>>;
  readonly allocatable: Resources;
}

/** Why an agent was chosen or not. */
export interface Verdict {
  readonly agent: string;
  readonly chosen: boolean;
  /** What keeps the pod off; for agents that fit, how they rank. */
  readonly reasons: readonly string[];
  readonly fits: boolean;
}

export type Decision =
  | { readonly kind: 'agent'; readonly placement: Placement; readonly verdicts: readonly Verdict[] }
  | { readonly kind: 'waiting'; readonly summary: string; readonly verdicts: readonly Verdict[] };

export interface PlacementContext {
  readonly nodeName: string;
  readonly agents: readonly PlacementAgent[];
  readonly placed: Load;
}

export function place(pod: Pod, context: PlacementContext): Decision {
  const uninvited = uninvitedDaemon(pod);
  if (uninvited) return { kind: 'waiting', summary: uninvited, verdicts: [] };
  const wish = { requests: podRequests(pod), ports: hostPorts(pod) };
  const judged = context.agents.map((agent) => ({
    agent,
    pods: context.placed.on(agent.uid).pods.length,
    obstacles: obstacles({ pod, agent, wish, context }),
  }));
  const [best] = judged
    .filter(({ obstacles }) => obstacles.length === 0)
    .sort((a, b) => a.pods - b.pods || (a.agent.name < b.agent.name ? -1 : 1));
  const verdicts = judged.map(({ agent, pods, obstacles }): Verdict => {
    const fits = obstacles.length === 0;
    const chosen = agent === best?.agent;
    const rank = `${chosen ? 'fewest pods' : 'fits'}: ${pods}`;
    return { agent: agent.name, chosen, fits, reasons: fits ? [rank] : obstacles };
  });
  if (!best) return { kind: 'waiting', summary: summarise(verdicts), verdicts };
  const { name, uid } = best.agent;
  return { kind: 'agent', placement: { agent: name, agentUid: uid }, verdicts };
}

/** Higher priority first, then the older pod, then by UID so that the order never wavers. */
export function comparePlacementOrder(a: Pod, b: Pod): number {
  const created = (pod: Pod) => Date.parse(pod.metadata.creationTimestamp ?? '') || 0;
  return (
    (b.spec.priority ?? 0) - (a.spec.priority ?? 0) ||
    created(a) - created(b) ||
    (a.metadata.uid < b.metadata.uid ? -1 : 1)
  );
}

interface Candidacy {
  readonly pod: Pod;
  readonly agent: PlacementAgent;
  readonly wish: { readonly requests: Resources; readonly ports: readonly HostPort[] };
  readonly context: PlacementContext;
}

/** The most telling first: the wrong machine, then a machine that takes nobody, then all that is short on it. */
function obstacles({ pod, agent, wish, context }: Candidacy): string[] {
  const { nodeName, placed } = context;
  if (!matchesNode(pod, { labels: agent.labels, nodeName })) return ["didn't match node affinity/selector"];
  if (agent.leaving) return ['being removed'];
  if (!agent.ready) return ['not ready'];
  if (!agent.connected) return ['not connected'];
  if (agent.cordoned) return ['cordoned'];
  const load = placed.on(agent.uid);
  const port = takenPort(wish.ports, load.ports);
  const short = [...wish.requests]
    .filter(([name, asked]) => asked > 0n && asked > free(agent, load.requests, name))
    .map(([name]) => (name === 'pods' ? 'too many pods' : `insufficient ${name}`));
  return [...(port ? [`host port ${port.port}/${port.protocol} taken`] : []), ...short];
}

function free(agent: PlacementAgent, used: Resources, name: string): bigint {
  return (agent.allocatable.get(name) ?? 0n) - (used.get(name) ?? 0n);
}

/** `0/3 agents fit: 2 insufficient memory, 1 cordoned`. */
function summarise(verdicts: readonly Verdict[]): string {
  if (verdicts.length === 0) return '0/0 agents fit: no agent has joined';
  const counts = new Map<string, number>();
  for (const reason of verdicts.flatMap(({ reasons }) => reasons)) {
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  const parts = [...counts]
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .map(([reason, count]) => `${count} ${reason}`);
  return `0/${verdicts.length} agents fit: ${parts.join(', ')}`;
}
