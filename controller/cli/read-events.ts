// Events for a command whose subject is something else: their absence is said, and fails nothing.
import { describeError, errorCode } from '../../common/errors.ts';
import type { ClusterEvent, EventSelection } from './cluster.ts';
import type { CliDeps } from './deps.ts';
import { type FleetFlags, withCluster } from './fleet-command.ts';

export interface EventsRead {
  readonly events: readonly ClusterEvent[];
  /** Why there are none to show; undefined: they were read. */
  readonly problem: string | undefined;
}

export async function readEvents(
  deps: CliDeps,
  flags: FleetFlags,
  selection: EventSelection,
): Promise<EventsRead> {
  try {
    const events = await withCluster(deps, flags, (cluster) => cluster.events(selection, deps.signal));
    return { events, problem: undefined };
  } catch (error) {
    if (errorCode(error) === 'cancelled') throw error;
    return { events: [], problem: describeError(error) };
  }
}
