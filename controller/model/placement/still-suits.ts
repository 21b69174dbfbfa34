// Whether an agent is one for a pod still. Decisions are made in rounds, by the agents as they were when the round began,
// and may be acted on seconds later: by then the agent may be cordoned, resting, tainted or smaller.
import type { Pod } from '../../../common/pod.ts';
import type { WaitingDecision } from './decide.ts';
import { machineFit } from './machine-fit.ts';
import type { PlacementContext } from './place.ts';
import type { PlacementAgent } from './placement-agent.ts';
import { podRequests } from './resources.ts';
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
  const { placed } = context;
  // The pod itself has its room there already.
  const uids = [pod, ...victims].map(({ metadata }) => metadata.uid);
  const going = victims.length > 0 ? [...placed.leaving()].map((one) => one.pod.metadata.uid) : [];
  const findShortage = shortageFinder(podRequests(pod));
  return placed.without(
    [...uids, ...going],
    () => findShortage(agent, placed.on(agent.uid).requests).length === 0,
  );
}
