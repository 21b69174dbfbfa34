// A list that is told anew whenever it differs: first the whole of it, then what changed and what is gone. It is looked at
// once a second, which costs the same whatever happens in between.
import type { Clock } from '../../common/clock.ts';
import { isAbort } from '../../common/errors.ts';

export interface ListChange<Item> {
  readonly changed: Item[];
  readonly gone: Item[];
}

export interface WatchedList<Item> {
  readonly list: () => readonly Item[];
  readonly keyOf: (item: Item) => string;
  /** Two items that say the same are not told twice. */
  readonly says: (item: Item) => string;
}

const LOOK_MS = 1000;

export async function* watchList<Item>(
  { list, keyOf, says }: WatchedList<Item>,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<ListChange<Item>> {
  let told = new Map<string, { readonly item: Item; readonly text: string }>();
  for (let first = true; !signal.aborted; first = false) {
    const now = new Map(list().map((item) => [keyOf(item), { item, text: says(item) }]));
    const changed = [...now].filter(([key, { text }]) => told.get(key)?.text !== text);
    const gone = [...told].filter(([key]) => !now.has(key));
    told = now;
    if (first || changed.length > 0 || gone.length > 0) {
      yield { changed: changed.map(([, { item }]) => item), gone: gone.map(([, { item }]) => item) };
    }
    try {
      await clock.sleep(LOOK_MS, signal);
    } catch (error) {
      if (signal.aborted || isAbort(error)) return;
      throw error;
    }
  }
}
