// How a command in a container has ended. Its output may be over a moment before Docker knows, or long before the command
// is, for it may close what it writes to and go on.
import type Docker from 'dockerode';
import { backoff } from '../../common/backoff.ts';
import type { Clock } from '../../common/clock.ts';
import { unlessAborted } from '../../common/unless-aborted.ts';
import { optional } from './docker-ask.ts';
import { EngineError } from './engine.ts';

/** How often a command that has closed its output, but not ended, is looked at. */
const LOOK = { initialMs: 10, maxMs: 500 };

/** Resolves with its exit code when it has ended. */
export async function execExit(
  exec: Pick<Docker.Exec, 'inspect'>,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<number> {
  for (let pause = backoff(LOOK); ; pause = pause.next()) {
    const found = await unlessAborted(() => optional(() => exec.inspect()), signal);
    if (!found) throw new EngineError('unavailable', 'Docker has lost a command that ran in a container');
    if (!found.Running && found.ExitCode !== null) return found.ExitCode;
    await clock.sleep(pause.delayMs, signal);
  }
}
