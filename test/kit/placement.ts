// Agents, pods and a context for tests of placement: roomy machines without labels unless the test says otherwise.
import type { Pod } from '../../common/pod.ts';
import { agentLabels } from '../../controller/model/placement/agent-labels.ts';
import { agentSet } from '../../controller/model/placement/agent-set.ts';
import type { DecisionContext } from '../../controller/model/placement/decide.ts';
import { disruptionBudgets } from '../../controller/model/placement/disruption-budget.ts';
import { createHolds } from '../../controller/model/placement/holds.ts';
import { createLoad } from '../../controller/model/placement/load.ts';
import { place } from '../../controller/model/placement/place.ts';
import type { PlacedPod } from '../../controller/model/placement/placed-pod.ts';
import type { PlacementAgent } from '../../controller/model/placement/placement-agent.ts';
import { type PresenceKey, WELL_KNOWN_KEYS } from '../../controller/model/placement/presence-labels.ts';
import { parseResources } from '../../controller/model/placement/resources.ts';
import { NO_VOLUMES } from '../../controller/model/placement/volumes-need.ts';
import { aPod, type PodWish } from './pods.ts';

export const ROOMY = { cpu: '4', memory: '8Gi', 'ephemeral-storage': '100Gi', pods: '110' };

export const NODE_LABELS: Readonly<Record<string, string>> = {
  'kubernetes.io/hostname': 'longshore',
  'kubernetes.io/arch': 'riscv',
  'longshore.dev/agent-domain': 'longshore',
  place: 'home',
};

export interface AgentWish extends Partial<Omit<PlacementAgent, 'labels' | 'allocatable' | 'name'>> {
  readonly labels?: Readonly<Record<string, string>>;
  readonly arch?: string;
  readonly allocatable?: Readonly<Record<string, string>>;
  readonly presenceKeys?: readonly PresenceKey[];
}

export function anAgent(name: string, wish: AgentWish = {}): PlacementAgent {
  const { labels = {}, arch = 'amd64', allocatable = {}, presenceKeys = WELL_KNOWN_KEYS, ...rest } = wish;
  const machine = { name, hostname: `${name}-host`, os: 'linux', arch, labels };
  return {
    name,
    uid: `uid-${name}`,
    connected: true,
    ready: true,
    cordoned: false,
    leaving: false,
    labels: agentLabels(machine, { labels: NODE_LABELS, presenceKeys }).labels,
    taints: [],
    allocatable: parseResources({ ...ROOMY, ...allocatable }),
    ...rest,
  };
}

/** A pod that asks for this much. */
export function asking(requests: Record<string, string>, wish: PodWish = {}): Pod {
  const containers = [{ name: 'main', resources: { requests } }];
  return aPod({ ...wish, spec: { containers, ...wish.spec } });
}

export function on(agent: string, pod: Pod): PlacedPod {
  return { pod, agentUid: `uid-${agent}` };
}

export function aContext(
  agents: readonly PlacementAgent[],
  wish: { readonly placed?: readonly PlacedPod[] } & Partial<Omit<DecisionContext, 'placed' | 'agents'>> = {},
): DecisionContext {
  const { placed = [], ...rest } = wish;
  return {
    nodeName: 'longshore',
    nodeLabels: NODE_LABELS,
    presenceKeys: WELL_KNOWN_KEYS,
    namespaces: (name) => ({ 'kubernetes.io/metadata.name': name }),
    agents: agentSet(agents),
    placed: createLoad(placed),
    holds: createHolds(),
    volumes: () => NO_VOLUMES,
    budgets: disruptionBudgets([]),
    waitedMs: 0,
    ...rest,
  };
}

/** The agent's name, or why none. */
export function placed(
  pod: Pod,
  agents: readonly PlacementAgent[],
  there: readonly PlacedPod[] = [],
): string {
  const outcome = place(pod, aContext(agents, { placed: there }));
  return outcome.kind === 'agent' ? outcome.placement.agent : outcome.summary;
}
