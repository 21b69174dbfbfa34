// Commands that outlast a token, a stream or a controller: they connect anew, with a new token, before the old one runs
// out, whenever a stream has ended, and when a controller that had answered before is away.
import { type Backoff, backoff } from '../../common/backoff.ts';
import { describeError, errorCode } from '../../common/errors.ts';
import type { CliDeps } from './deps.ts';
import type { Fleet } from './fleet-client.ts';
import { type FleetFlags, withFleet } from './fleet-command.ts';
import { printable } from './paint.ts';
import { pause } from './pause.ts';

export interface LastingWork {
  /** Ends when there is no more to do over this connection, at the latest once that `isOld`. */
  readonly work: (connection: Connection) => Promise<void>;
  readonly isDone: () => boolean;
  /** It has answered this command before. Default: no. */
  readonly hasAnswered?: boolean;
  /** Before the user is told that the controller is away. */
  readonly onAway?: () => void;
}

export interface Connection {
  readonly fleet: Fleet;
  /** Call at each answer: a controller that has never given one is not waited for. */
  readonly answered: () => void;
  /** Its token is to be renewed. */
  readonly isOld: () => boolean;
}

const RETRY = { initialMs: 1000, maxMs: 10_000, jitter: 0.3 } as const;
/** A token lives for ten minutes. */
const PER_TOKEN_MS = 300_000;

/** Rejects when it cannot even begin, with what the controller refuses, and with `cancelled` when the user interrupts. */
export async function whileConnected(
  deps: CliDeps,
  flags: FleetFlags,
  { work, isDone, hasAnswered = false, onAway }: LastingWork,
): Promise<void> {
  const { clock, stderr } = deps;
  let retry: Backoff | undefined = hasAnswered ? backoff(RETRY) : undefined;
  while (!isDone()) {
    try {
      await withFleet(deps, flags, (fleet) => {
        const untilMs = clock.monotonicMs() + PER_TOKEN_MS;
        const answered = () => {
          retry = backoff(RETRY);
        };
        return work({ fleet, answered, isOld: () => clock.monotonicMs() >= untilMs });
      });
    } catch (error) {
      if (!retry || errorCode(error) !== 'unavailable') throw error;
      onAway?.();
      stderr.write(`${printable(describeError(error))}; trying again\n`);
      await pause(deps, retry.delayMs);
      retry = retry.next();
    }
  }
}
