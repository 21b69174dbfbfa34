// Names of agents, pods and images, and labels of agents, for the shell, asked of the controller while somebody waits with a finger on the tab key: after
// two seconds, and whatever goes wrong, there are none.
import type { AgentInfo__Output } from '../../../proto/gen/longshore/v1/AgentInfo.ts';
import type { CliDeps } from '../deps.ts';
import { type FleetFlags, withFleet } from '../fleet-command.ts';
import { shortName } from '../images-list.ts';
import type { Completion, Suggestion } from './complete.ts';

const WITHIN_MS = 2000;

export async function completeNames(
  deps: CliDeps,
  { wants, flags, given }: Completion,
): Promise<Suggestion[]> {
  const late = AbortSignal.timeout(WITHIN_MS);
  const signal = deps.signal ? AbortSignal.any([deps.signal, late]) : late;
  try {
    const names = await withFleet({ ...deps, signal }, fleetFlags(flags), async (fleet) => {
      if (wants === 'agents') {
        const { agents } = await fleet.agents();
        return agents.map(({ name, ready }) => ({ value: name, description: ready ? 'Ready' : 'NotReady' }));
      }
      if (wants === 'agent labels') return labelsOf((await fleet.agents()).agents);
      if (wants === 'images') {
        const { images } = await fleet.images({ selector: '' });
        return images.map(({ name, agents }) => ({
          value: shortName(name),
          description: onSoMany(agents.length),
        }));
      }
      const { pods } = await fleet.pods({ agent: '', namespace: flags['podNamespace'] ?? 'default' });
      return pods.map(({ name, status, agent }) => ({
        value: name,
        description: agent ? `${status} on ${agent}` : status,
      }));
    });
    return names.filter(({ value }) => !given.includes(value));
  } catch {
    return [];
  }
}

/** Each with how many agents have it. */
function labelsOf(agents: readonly Pick<AgentInfo__Output, 'labels'>[]): Suggestion[] {
  const counts = new Map<string, number>();
  for (const { labels } of agents) {
    for (const [key, value] of Object.entries(labels))
      counts.set(`${key}=${value}`, (counts.get(`${key}=${value}`) ?? 0) + 1);
  }
  return [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([value, count]) => ({ value, description: onSoMany(count) }));
}

function onSoMany(agents: number): string {
  return agents === 1 ? '1 agent' : `${agents} agents`;
}

function fleetFlags(given: Completion['flags']): FleetFlags {
  const { kubeconfig, context, server, namespace = 'longshore-system' } = given;
  return {
    ...{ namespace, timeout: WITHIN_MS / 1000, output: 'table', color: false },
    ...(kubeconfig !== undefined && { kubeconfig }),
    ...(context !== undefined && { context }),
    ...(server !== undefined && { server }),
  };
}
