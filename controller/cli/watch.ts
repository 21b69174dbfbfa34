// `--watch` of a list: its rows as they are, then each change as it comes, until the user interrupts. The controller's
// stream ends now and then, and with the controller; it is asked for anew, and only what differs is told.
import type { CliDeps } from './deps.ts';
import type { Fleet } from './fleet-client.ts';
import { type FleetFlags, isForPeople, type View, viewOf } from './fleet-command.ts';
import { type Connection, whileConnected } from './lasting-fleet.ts';
import type { Tone } from './paint.ts';
import { type Column, growingTable } from './table.ts';

export interface WatchedRows<Item> {
  /** What an item is called in JSON: `agent`. */
  readonly kind: string;
  readonly subscribe: (
    fleet: Fleet,
  ) => AsyncIterable<{ readonly changed: readonly Item[]; readonly gone: readonly Item[] }>;
  readonly keyOf: (item: Item) => string;
  readonly columns: (view: View) => readonly Column<Item>[];
  /** Of two items that say the same the second is not told. */
  readonly says: (item: Item) => string;
}

export type ChangeKind = 'ADDED' | 'CHANGED' | 'GONE';

const TONES: Readonly<Record<ChangeKind, Tone>> = { ADDED: 'good', CHANGED: 'faint', GONE: 'bad' };

interface Told<Item> {
  readonly item: Item;
  readonly text: string;
}

/** Rejects when it cannot even begin, and with `cancelled` when the user interrupts. */
export async function watchRows<Item>(
  deps: CliDeps,
  flags: FleetFlags,
  rows: WatchedRows<Item>,
): Promise<void> {
  const tell = await createTeller(deps, flags, rows);
  const told = new Map<string, Told<Item>>();
  const change = (kind: ChangeKind, items: readonly Item[]) => {
    if (items.length > 0) tell(items.map((item) => ({ kind, item })));
  };
  const note = (changed: readonly Item[], gone: readonly Item[]) => {
    const differing = changed.filter((item) => told.get(rows.keyOf(item))?.text !== rows.says(item));
    const isNew = (item: Item) => !told.has(rows.keyOf(item));
    const [added, others] = [differing.filter(isNew), differing.filter((item) => !isNew(item))];
    for (const item of differing) told.set(rows.keyOf(item), { item, text: rows.says(item) });
    const left = gone.filter((item) => told.delete(rows.keyOf(item)));
    change('ADDED', added);
    change('CHANGED', others);
    change('GONE', left);
  };
  const work = async ({ fleet, answered }: Connection) => {
    let isFirst = true;
    for await (const { changed, gone } of rows.subscribe(fleet)) {
      const present = new Set(changed.map(rows.keyOf));
      const vanished = isFirst
        ? [...told].filter(([key]) => !present.has(key)).map(([, { item }]) => item)
        : [];
      note(changed, [...gone, ...vanished]);
      isFirst = false;
      answered();
    }
  };
  await whileConnected(deps, flags, { work, isDone: () => false });
}

interface Change<Item> {
  readonly kind: ChangeKind;
  readonly item: Item;
}

/** For people a table that grows; for programs one JSON document a line, or YAML documents. */
async function createTeller<Item>(
  deps: CliDeps,
  flags: FleetFlags,
  { kind: name, columns }: Pick<WatchedRows<Item>, 'kind' | 'columns'>,
): Promise<(changes: readonly Change<Item>[]) => void> {
  const { stdout } = deps;
  if (!isForPeople(flags)) {
    const { stringify } = await import('yaml');
    const asText = ({ kind, item }: Change<Item>) => {
      const document = { event: kind, [name]: item };
      return flags.output === 'json' ? `${JSON.stringify(document)}\n` : `---\n${stringify(document)}`;
    };
    return (changes) => stdout.write(changes.map(asText).join(''));
  }
  const eventColumn: Column<Change<Item>> = {
    header: 'EVENT',
    cell: ({ kind }) => kind,
    tone: ({ kind }) => TONES[kind],
  };
  const ofItem = (column: Column<Item>): Column<Change<Item>> => ({
    ...column,
    cell: ({ item }) => column.cell(item),
    tone: ({ item }) => column.tone?.(item),
  });
  const table = growingTable(
    () => [eventColumn, ...columns(viewOf(deps, flags)).map(ofItem)],
    viewOf(deps, flags),
  );
  return (changes) => stdout.write(table(changes));
}
