// How long the turn of a command that is started lasts: until it runs. Docker says that it starts one before it has, so
// it is looked at seldom meanwhile; the command's own client waits for none of this.
import type { Exec } from 'dockerode';
import { backoff } from '../../common/backoff.ts';
import type { Clock } from '../../common/clock.ts';
import { withinMs } from '../../common/time-limit.ts';
import { optional } from './docker-ask.ts';

/** Most have said something, or have ended, before the first look. */
const LOOK = { initialMs: 250, maxMs: 1000 };
/** Beyond, Docker is ill, and to start nothing more would not cure it. */
const PATIENCE_MS = 15_000;

/**
 * Ends the turn, which can be ended more than once, when Docker shows that the command runs or has ended, when it cannot
 * say, when the signal aborts, and by the function that this gives: for who sees output, or the end.
 */
export function holdTurn(
  endTurn: () => void,
  exec: Pick<Exec, 'inspect'>,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): () => void {
  const over = new AbortController();
  const limit = { ms: PATIENCE_MS, clock, signal: AbortSignal.any([signal, over.signal]) };
  withinMs(limit, (until) => runs(exec, clock, until))
    .catch(() => {})
    .finally(endTurn);
  return () => {
    endTurn();
    over.abort();
  };
}

async function runs(exec: Pick<Exec, 'inspect'>, clock: Clock, signal: AbortSignal): Promise<void> {
  for (let pause = backoff(LOOK); ; pause = pause.next()) {
    await clock.sleep(pause.delayMs, signal);
    const found = await optional(() => exec.inspect());
    if (found?.Pid !== 0 || found.ExitCode !== null) return;
  }
}
