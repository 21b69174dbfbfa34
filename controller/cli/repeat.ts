// `--watch` of a view that is one whole: it is shown anew every two seconds, on a terminal in the place of the last one.
import type { CliDeps } from './deps.ts';
import type { Fleet } from './fleet-client.ts';
import { type FleetFlags, isForPeople, print, type View } from './fleet-command.ts';
import { type Connection, whileConnected } from './lasting-fleet.ts';
import { pause } from './pause.ts';

const EVERY_MS = 2000;
/** To the upper left corner, and everything below is cleared. */
const CLEAR = '\u001b[H\u001b[2J';

export interface Repeated<Answer> {
  readonly ask: (fleet: Fleet) => Promise<Answer>;
  /** Empty: there is nothing to show. */
  readonly render: (answer: Answer, view: View) => string;
  /** What people are told then. */
  readonly nothing?: string;
}

/** Once, or with `watch` until the user interrupts, which rejects with `cancelled`. */
export async function maybeRepeated<Answer>(
  deps: CliDeps,
  flags: FleetFlags & { readonly watch: boolean },
  { ask, render, nothing }: Repeated<Answer>,
): Promise<void> {
  const onTerminal = isForPeople(flags) && deps.stdout.isTTY === true;
  let before = flags.watch && onTerminal ? CLEAR : '';
  const tellNothing = () => {
    if (nothing !== undefined) deps.stderr.write(`${nothing}\n`);
    return '';
  };
  let isShown = false;
  const work = async ({ fleet, answered, isOld }: Connection) => {
    while (!isOld()) {
      const answer = await ask(fleet);
      answered();
      deps.stdout.write(before);
      await print(deps, flags, { data: answer, render: (view) => render(answer, view) || tellNothing() });
      isShown = true;
      if (!flags.watch) return;
      before = onTerminal ? CLEAR : isForPeople(flags) ? '\n' : '';
      await pause(deps, EVERY_MS);
    }
  };
  await whileConnected(deps, flags, { work, isDone: () => isShown && !flags.watch });
}
