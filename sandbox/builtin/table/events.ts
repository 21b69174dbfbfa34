// The table of events, of both spellings: core/v1 (involvedObject, message) and events.k8s.io/v1 (regarding, note).
import { numberAt, objectAt, stringAt } from '../json.ts';
import type { JsonObject } from '../resource.ts';
import { sinceTimestamp } from './duration.ts';
import { column, NAME_COLUMN, nameOf, type Printer, wideColumn } from './printer.ts';

export const events: Printer = {
  columns: [
    column('Last Seen', 'When it was last seen.'),
    column('Type', 'Normal or Warning.'),
    column('Reason', 'Why it was recorded, in one word.'),
    column('Object', 'What it is about.'),
    wideColumn('Subobject', 'Which part of the object it is about.'),
    wideColumn('Source', 'Who reported it.'),
    column('Message', 'What happened.'),
    wideColumn('First Seen', 'When it was first seen.'),
    wideColumn('Count', 'How often it was seen.'),
    { ...NAME_COLUMN, priority: 1 },
  ],
  cells: (event, now) => {
    const first = sinceTimestamp(
      firstText(event, 'firstTimestamp', 'deprecatedFirstTimestamp', 'eventTime'),
      now,
    );
    return [
      lastSeen(event, { first, now }),
      stringAt(event, 'type') ?? '',
      stringAt(event, 'reason') ?? '',
      targetOf(event),
      stringAt(involved(event), 'fieldPath') ?? '',
      sourceOf(event),
      (firstText(event, 'message', 'note') ?? '').trim(),
      first,
      countOf(event),
      nameOf(event),
    ];
  },
};

function lastSeen(
  event: JsonObject,
  { first, now }: { readonly first: string; readonly now: number },
): string {
  if (objectAt(event, 'series')) return sinceTimestamp(stringAt(event, 'series', 'lastObservedTime'), now);
  const last = firstText(event, 'lastTimestamp', 'deprecatedLastTimestamp');
  return last === undefined ? first : sinceTimestamp(last, now);
}

function countOf(event: JsonObject): number {
  if (objectAt(event, 'series')) return numberAt(event, 'series', 'count') ?? 0;
  return numberAt(event, 'count') || numberAt(event, 'deprecatedCount') || 1;
}

function targetOf(event: JsonObject): string {
  const kind = (stringAt(involved(event), 'kind') ?? '').toLowerCase();
  const name = stringAt(involved(event), 'name') ?? '';
  return name === '' ? kind : `${kind}/${name}`;
}

function involved(event: JsonObject): JsonObject {
  return objectAt(event, 'involvedObject') ?? objectAt(event, 'regarding') ?? {};
}

function sourceOf(event: JsonObject): string {
  const source = objectAt(event, 'source') ?? objectAt(event, 'deprecatedSource');
  const component =
    stringAt(source, 'component') || firstText(event, 'reportingComponent', 'reportingController') || '';
  const instance = stringAt(source, 'host') || firstText(event, 'reportingInstance') || '';
  return instance === '' ? component : `${component}, ${instance}`;
}

/** The first of the fields that is a text and not empty. */
function firstText(event: JsonObject, ...fields: readonly string[]): string | undefined {
  return fields.map((field) => stringAt(event, field)).find((text) => text !== undefined && text !== '');
}
