// Events: one stored form (core/v1); events.k8s.io shows the same ones under its own field names, and is stricter.
import { isDeepStrictEqual } from 'node:util';
import { type FieldError, invalidField, required } from '../api-error.ts';
import { at, numberAt, objectAt, stringAt } from '../json.ts';
import type { KubeObject } from '../kube-object.ts';
import { nameProblem, qualifiedNameProblems } from '../names.ts';
import type { KindStrategy } from '../strategy.ts';

const NEW_API = 'events.k8s.io';
const LIMITS = [
  ['reportingInstance', 128],
  ['action', 128],
  ['reason', 128],
] as const;
const NOTE_LIMIT = 1024;

export const eventStrategy: KindStrategy = {
  nameRule: 'path',
  createOnUpdate: true,
  validate(event, { apiGroup }) {
    const errors = eventErrors(event, apiGroup);
    return apiGroup === NEW_API ? [...errors, ...newEventErrors(event)] : errors;
  },
  validateUpdate(next, current, { apiGroup }) {
    const errors = eventErrors(next, apiGroup);
    if (apiGroup !== NEW_API) return errors;
    const series = isDeepStrictEqual(next['series'], current['series']) ? [] : seriesErrors(next);
    return [...errors, ...series, ...changeErrors(next, current)];
  },
};

function eventErrors(event: KubeObject, apiGroup: string): FieldError[] {
  const involved = stringAt(event, 'involvedObject', 'namespace') ?? '';
  const own = event.metadata.namespace ?? '';
  const mismatch = invalidField('involvedObject.namespace', involved, 'does not match event.namespace');
  if (!event['eventTime']) {
    // Events about cluster-scoped objects live in "default".
    return (involved === '' ? own === 'default' : involved === own) ? [] : [mismatch];
  }
  const isHome = involved !== '' || own === 'default' || own === 'kube-system';
  return [...(isHome ? [] : [mismatch]), ...timedErrors(event, apiGroup)];
}

/** What an event with a time of its own must say. */
function timedErrors(event: KubeObject, apiGroup: string): FieldError[] {
  const controller = stringAt(event, 'reportingComponent') ?? '';
  const field = apiGroup === NEW_API ? 'reportingController' : 'reportingComponent';
  const note = stringAt(event, 'message') ?? '';
  return [
    ...(controller === '' ? [required(field)] : []),
    ...qualifiedNameProblems(controller).map((problem) => invalidField(field, controller, problem)),
    ...LIMITS.flatMap(([name, limit]) => {
      const text = stringAt(event, name) ?? '';
      if (text === '') return [required(name)];
      return text.length > limit ? [tooLong(name, limit)] : [];
    }),
    ...(note.length > NOTE_LIMIT ? [tooLong('message', NOTE_LIMIT)] : []),
  ];
}

/** The text itself is not repeated. */
function tooLong(field: string, limit: number): FieldError {
  return invalidField(field, '', `can have at most ${limit} characters`);
}

function newEventErrors(event: KubeObject): FieldError[] {
  const errors = seriesErrors(event);
  const nameError = nameProblem(event.metadata.name, 'subdomain');
  if (nameError) errors.push(invalidField('metadata.name', event.metadata.name, nameError));
  if (!event['eventTime']) errors.push(required('eventTime'));
  const type = stringAt(event, 'type') ?? '';
  if (type !== 'Normal' && type !== 'Warning') {
    errors.push(invalidField('type', '', `has invalid value: ${type}`));
  }
  for (const field of ['firstTimestamp', 'lastTimestamp', 'count'] as const) {
    if (event[field]) errors.push(invalidField(field, '', 'needs to be unset'));
  }
  if (Object.keys(objectAt(event, 'source') ?? {}).length > 0) {
    errors.push(invalidField('source', '', 'needs to be unset'));
  }
  return errors;
}

function seriesErrors(event: KubeObject): FieldError[] {
  if (!objectAt(event, 'series')) return [];
  const errors: FieldError[] = [];
  if ((numberAt(event, 'series', 'count') ?? 0) < 2) {
    errors.push(invalidField('series.count', '', 'should be at least 2'));
  }
  if (!at(event, 'series', 'lastObservedTime')) errors.push(required('series.lastObservedTime'));
  return errors;
}

const FIXED = [
  'involvedObject',
  'reason',
  'message',
  'source',
  'firstTimestamp',
  'lastTimestamp',
  'count',
  'type',
  'eventTime',
  'action',
  'related',
  'reportingComponent',
  'reportingInstance',
] as const;

function changeErrors(next: KubeObject, current: KubeObject): FieldError[] {
  return FIXED.filter((field) => !isDeepStrictEqual(next[field], current[field])).map((field) =>
    invalidField(
      field === 'reportingComponent' ? 'reportingController' : field,
      next[field],
      'field is immutable',
    ),
  );
}
