// An agent's events on their way to the API server: recorded one after another, each acknowledged only then, and no
// more of them held than the agent may have unacknowledged.
import { LongshoreError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import type { PodEvent__Output } from '../../proto/gen/longshore/v1/PodEvent.ts';

export interface SessionEventsDeps {
  readonly maxEvents: number;
  /** See AgentObserver. */
  readonly record: (event: PodEvent__Output) => Promise<void>;
  readonly acknowledge: (sequence: number) => void;
  readonly log: Log;
}

export interface SessionEvents {
  /** Throws `exhausted` when too many are not recorded yet. */
  add(event: PodEvent__Output): void;
  /** Resolves when all that were added are done with. */
  settled(): Promise<void>;
}

export function createSessionEvents(deps: SessionEventsDeps): SessionEvents {
  const { maxEvents, record, acknowledge, log } = deps;
  let pending = 0;
  let chain: Promise<void> = Promise.resolve();
  return {
    add(event) {
      if (++pending > maxEvents) {
        throw new LongshoreError('exhausted', `more than ${maxEvents} events are not acknowledged yet`);
      }
      chain = chain
        .then(() => record(event))
        .catch((error: unknown) => log.error({ err: error }, 'recording an event failed'))
        .then(() => {
          pending--;
          acknowledge(event.sequence);
        });
    },
    settled: () => chain,
  };
}
