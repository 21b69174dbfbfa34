// What this run of the agent has made and not seen running yet: a pod's sandbox, which starts beside the worker, and the
// container that is made meanwhile, to be started the moment the sandbox runs. Of what an earlier run has left nothing is
// known here.
import type { Pod } from '../../common/pod.ts';
import { isLive, type ObservedContainer } from './observation.ts';
import type { PodContainer } from './pod-containers.ts';
import type { Situation } from './situation.ts';

/** `made`: it is to be started; `starting`: Docker is starting it, and does not show yet what comes of it. */
export type Launch = 'made' | 'starting';

type Launching = Pick<Situation, 'launches' | 'observation'>;

/** It is to be started as it is. */
export function isMade({ launches }: Launching, { id, state }: ObservedContainer): boolean {
  return state.kind === 'created' && launches.get(id) === 'made';
}

/** The one that what starts now lives in: it runs, or is about to. */
export function presentSandbox(situation: Launching): ObservedContainer | undefined {
  const [newest] = situation.observation.sandboxes;
  if (!newest) return undefined;
  const counts = isLive(newest) || isMade(situation, newest) || isStarting(situation, newest);
  return counts ? newest : undefined;
}

/** What comes of it is waited for. */
export function isSandboxStarting(situation: Launching): boolean {
  return situation.observation.sandboxes.some((sandbox) => isStarting(situation, sandbox));
}

function isStarting({ launches }: Launching, sandbox: ObservedContainer): boolean {
  return !isLive(sandbox) && launches.get(sandbox.id) === 'starting';
}

/** It can be made before the sandbox runs: nothing in it tells the pod's address. */
export function isMadeWithoutAddress(pod: Pod, { env = [] }: PodContainer): boolean {
  if (pod.spec.hostNetwork) return true;
  return !env.some(({ valueFrom }) => ADDRESSES.has(valueFrom?.fieldRef?.fieldPath ?? ''));
}

const ADDRESSES = new Set(['status.podIP', 'status.podIPs']);
