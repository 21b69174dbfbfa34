// Names of agents and pods for the shell, asked of the controller while somebody waits with a finger on the tab key: after
// two seconds, and whatever goes wrong, there are none.
import type { CliDeps } from '../deps.ts';
import { type FleetFlags, withFleet } from '../fleet-command.ts';
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

function fleetFlags(given: Completion['flags']): FleetFlags {
  const { kubeconfig, context, server, namespace = 'longshore-system' } = given;
  return {
    ...{ namespace, timeout: WITHIN_MS / 1000, output: 'table', color: false },
    ...(kubeconfig !== undefined && { kubeconfig }),
    ...(context !== undefined && { context }),
    ...(server !== undefined && { server }),
  };
}
