// Whether an agent is one for a pod still. Decisions are made in rounds, by the agents as they were when the round began,
// and may be acted on seconds later: by then the agent may be cordoned, resting, tainted or smaller.
import type { Pod } from '../../../common/pod.ts';
import type { Occupant } from './agent-load.ts';
import type { WaitingDecision } from './decide.ts';
import { machineFit } from './machine-fit.ts';
import type { PlacementContext } from './place.ts';
import { isLeaving } from './placed-pod.ts';
import type { PlacementAgent } from './placement-agent.ts';
import { podRequests, subtract, sum } from './resources.ts';
import { shortageFinder } from './room-fit.ts';

export interface StillSuitsInput {
  readonly pod: Pod;
  /** As it is now; undefined: it has gone. */
  readonly agent: PlacementAgent | undefined;
  /** Those that end so that the pod has room. */
  readonly victims?: WaitingDecision['victims'];
  readonly context: Pick<PlacementContext, 'nodeName' | 'presenceKeys' | 'volumes' | 'placed'>;
}

export function stillSuits({ pod, agent, victims = [], context }: StillSuitsInput): boolean {
  if (!agent || machineFit(pod, context).obstacle(agent)) return false;
  const { occupants, requests } = context.placed.on(agent.uid);
  // The pod itself has its room there already; those that end anyway count as gone where others end too.
  const absent = new Set([pod, ...victims].map(({ metadata }) => metadata.uid));
  const isGone = ({ pod: one }: Occupant) =>
    absent.has(one.metadata.uid) || (victims.length > 0 && isLeaving(one));
  const gone = [...occupants.values()].filter(isGone);
  const used = subtract(requests, sum(gone.map((one) => one.requests)));
  return shortageFinder(podRequests(pod))(agent, used).length === 0;
}
