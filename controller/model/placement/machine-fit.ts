// Whether an agent is a machine for the pod at all, whatever else sits on it: its labels, its state, its taints.
import type { Pod } from '../../../common/pod.ts';
import { type AgentSelector, matchesAgent, readAgentSelector } from './agent-selector.ts';
import { matchesSelector, nodeAffinity } from './node-affinity.ts';
import { forNow, never, type Obstacle } from './obstacle.ts';
import type { PlacementAgent } from './placement-agent.ts';
import type { PresenceKey } from './presence-labels.ts';
import { untolerated } from './taints.ts';
import type { VolumesNeed } from './volumes-need.ts';

export interface MachineFitContext {
  readonly nodeName: string;
  readonly presenceKeys: readonly PresenceKey[];
  readonly volumes: (pod: Pod) => VolumesNeed;
}

export interface MachineFit {
  /** Why no agent can be chosen for this pod; undefined: each is looked at. */
  readonly problem: string | undefined;
  obstacle(agent: PlacementAgent): Obstacle | undefined;
  /** How much the pod would like it, by its labels. */
  preference(agent: PlacementAgent): number;
  /** The pod's selectors match it. */
  suits(agent: PlacementAgent): boolean;
  /** The pod tolerates its taints, and it is not cordoned. */
  welcomes(agent: PlacementAgent): boolean;
}

const NOT_MATCHED = never('NodeAffinity', "didn't match node affinity/selector");
const NOT_ITS_VOLUMES = never('VolumeBinding', 'had volume node affinity conflict');
const NOT_SELECTED = never('NodeAffinity', "didn't match the agent selector");
const LEAVING = forNow('NodeReady', 'being removed');
const NOT_READY = forNow('NodeReady', 'not ready');
const NOT_CONNECTED = forNow('NodeReady', 'not connected');
const CORDONED = never('NodeUnschedulable', 'cordoned');

export function machineFit(pod: Pod, { nodeName, presenceKeys, volumes }: MachineFitContext): MachineFit {
  const selector: AgentSelector = readAgentSelector(pod);
  const isSelected = ({ labels }: PlacementAgent) =>
    selector.kind !== 'requirements' || matchesAgent(selector.requirements, labels, presenceKeys);
  const affinity = nodeAffinity(pod, nodeName);
  const need = volumes(pod);
  const selectors = need.kind === 'known' ? need.selectors : [];
  const hasVolumes = ({ labels }: PlacementAgent) =>
    selectors.every((selector) => matchesSelector(selector, labels, nodeName));
  const isMatched = ({ labels }: PlacementAgent) => affinity.matches(labels);

  /** The most telling first: the wrong machine, then a machine that takes nobody, then one that does not take this pod. */
  const obstacle = (agent: PlacementAgent): Obstacle | undefined => {
    if (!isMatched(agent)) return NOT_MATCHED;
    if (!isSelected(agent)) return NOT_SELECTED;
    if (!hasVolumes(agent)) return NOT_ITS_VOLUMES;
    if (agent.leaving) return LEAVING;
    if (!agent.ready) return NOT_READY;
    if (!agent.connected) return NOT_CONNECTED;
    if (agent.cordoned) return CORDONED;
    if (agent.resting) return forNow('NodeReady', agent.resting);
    const taint = untolerated(pod, agent.taints);
    return taint && never('TaintToleration', `had untolerated taint {${taint.key}: ${taint.value ?? ''}}`);
  };

  return {
    problem: selector.kind === 'invalid' ? selector.message : undefined,
    obstacle,
    preference: ({ labels }) => affinity.preference(labels),
    suits: (agent) => isMatched(agent) && isSelected(agent),
    welcomes: (agent) => !agent.cordoned && !untolerated(pod, agent.taints),
  };
}
