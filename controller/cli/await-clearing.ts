// Waits until agents are cleared of their pods. The controller does the work and goes on with it whatever becomes of this
// command, which it has taken on before; one that is replaced by another meanwhile is asked again.
import { LongshoreError } from '../../common/errors.ts';
import { type AgentProgress, createClearingProgress } from './clearing-progress.ts';
import type { CliDeps } from './deps.ts';
import { EXIT, ExitWith } from './exit-code.ts';
import type { Fleet } from './fleet-client.ts';
import { type FleetFlags, perAnswer } from './fleet-command.ts';
import { type Connection, whileConnected } from './lasting-fleet.ts';
import { pause } from './pause.ts';

export interface AwaitedAgents {
  readonly names: readonly string[];
  readonly ask: (fleet: Fleet, name: string) => Promise<AgentState>;
  /** What each is in the end: `drained`. */
  readonly word: string;
  /** What is true when the time is over. */
  readonly goesOn: string;
}

export type AgentState =
  | { readonly kind: 'done' }
  | ({ readonly kind: 'going' } & AgentProgress)
  /** It goes no further by itself. */
  | { readonly kind: 'stuck'; readonly why: string };

const EVERY_MS = 1000;

/** Rejects with `ExitWith` when the time is over or an agent is stuck, and with `cancelled` when the user interrupts. */
export async function awaitClearing(deps: CliDeps, flags: FleetFlags, awaited: AwaitedAgents): Promise<void> {
  const { clock, stderr } = deps;
  const startedAtMs = clock.monotonicMs();
  const isOver = () => flags.timeout > 0 && clock.monotonicMs() - startedAtMs >= flags.timeout * 1000;
  const waiting = new Map<string, AgentProgress | undefined>(awaited.names.map((name) => [name, undefined]));
  const progress = createClearingProgress(deps, flags);

  const askAll = async (fleet: Fleet) => {
    for (const name of [...waiting.keys()]) {
      const state = await awaited.ask(fleet, name);
      if (state.kind === 'stuck') throw new LongshoreError('precondition', `agent/${name}: ${state.why}`);
      if (state.kind === 'done') {
        waiting.delete(name);
        progress.done(name, awaited.word);
      } else {
        waiting.set(name, state);
        progress.show(name, state);
      }
    }
  };
  const isDone = () => waiting.size === 0 || isOver();
  const work = async ({ fleet, answered, isOld }: Connection) => {
    while (!isOld()) {
      await askAll(fleet);
      answered();
      if (isDone()) return;
      await pause(deps, EVERY_MS);
    }
  };
  try {
    await whileConnected(deps, perAnswer(flags), { work, isDone, hasAnswered: true, onAway: progress.end });
  } finally {
    progress.end();
  }
  if (waiting.size === 0) return;
  for (const [name, { left = 0 } = {}] of waiting) {
    stderr.write(`agent/${name} is not ${awaited.word} yet, pods left: ${left}; ${awaited.goesOn}\n`);
  }
  throw new ExitWith(EXIT.timedOut);
}
