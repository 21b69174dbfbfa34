// What a command's end means to a script. Documented in docs/cli.md.
import { CommanderError } from 'commander';
import { type ErrorCode, errorCode } from '../../common/errors.ts';

export const EXIT = {
  ok: 0,
  failure: 1,
  /** A flag, an argument or a value that cannot be. */
  usage: 2,
  /** The controller or the API server cannot be reached or does not answer. */
  unreachable: 3,
  /** Not accepted, or not allowed. */
  notAuthorised: 4,
  /** What was waited for had not come about when the time was over; it goes on. */
  timedOut: 5,
  interrupted: 130,
} as const;

/** Everything has been said; the command ends with this code. */
export class ExitWith extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`exit code ${code}`);
    this.name = 'ExitWith';
    this.code = code;
  }
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof ExitWith) return error.code;
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  return BY_CODE[errorCode(error)] ?? EXIT.failure;
}

const BY_CODE: Partial<Record<ErrorCode, number>> = {
  invalid: EXIT.usage,
  unavailable: EXIT.unreachable,
  unauthenticated: EXIT.notAuthorised,
  forbidden: EXIT.notAuthorised,
  cancelled: EXIT.interrupted,
};
