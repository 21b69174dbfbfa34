// `--watch` of a view that is one whole: it is shown anew every two seconds, on a terminal in the place of the last one.
import type { CliDeps } from './deps.ts';
import type { Fleet } from './fleet-client.ts';
import { type FleetFlags, isForPeople, print, type View, withFleet } from './fleet-command.ts';
import { pause } from './pause.ts';

const EVERY_MS = 2000;
/** A token lives for ten minutes. */
const PER_TOKEN = 200;
/** To the upper left corner, and everything below is cleared. */
const CLEAR = '\u001b[H\u001b[2J';

export interface Repeated<Answer> {
  readonly ask: (fleet: Fleet) => Promise<Answer>;
  readonly render: (answer: Answer, view: View) => string;
}

/** Once, or with `watch` until the user interrupts, which rejects with `cancelled`. */
export async function maybeRepeated<Answer>(
  deps: CliDeps,
  flags: FleetFlags & { readonly watch: boolean },
  { ask, render }: Repeated<Answer>,
): Promise<void> {
  const onTerminal = isForPeople(flags) && deps.stdout.isTTY === true;
  let before = flags.watch && onTerminal ? CLEAR : '';
  do {
    await withFleet(deps, flags, async (fleet) => {
      for (let times = 0; times < PER_TOKEN; times++) {
        const answer = await ask(fleet);
        deps.stdout.write(before);
        await print(deps, flags, { data: answer, render: (view) => render(answer, view) });
        if (!flags.watch) return;
        before = onTerminal ? CLEAR : isForPeople(flags) ? '\n' : '';
        await pause(deps, EVERY_MS);
      }
    });
  } while (flags.watch);
}
