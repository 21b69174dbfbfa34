// Lists in pages: limit and continue. All pages show the moment of the first; the token names it and the last key given.
import { describeError } from '../../common/errors.ts';
import { badRequest, expired } from './api-error.ts';
import type { KubeObject } from './kube-object.ts';
import type { Predicate } from './label-selector.ts';
import { futureRevision, integerOption, revisionProblem } from './list-options.ts';
import { type Bucket, keyOf, type Storage } from './storage.ts';

export interface ListRequest {
  readonly bucket: Bucket;
  readonly namespace: string | undefined;
  readonly matches: Predicate;
  readonly filtered: boolean;
  readonly query: URLSearchParams;
}

export interface Page {
  readonly items: readonly KubeObject[];
  readonly metadata: {
    readonly resourceVersion: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
  };
}

export function readPage(storage: Storage, request: ListRequest): Page {
  const { bucket, namespace, matches, filtered, query } = request;
  const limit = integerOption(query, 'limit');
  const token = query.get('continue') ?? '';
  const from = token === '' ? undefined : decodeToken(token);
  const revision = from?.revision ?? exactRevision(storage, query, limit) ?? storage.revision;
  const objects = storage.listAt(bucket, revision, namespace);
  if (!objects) throw expired(from ? CONTINUE_TOO_OLD : VERSION_TOO_OLD);
  const all = objects.filter(
    (object) => (from === undefined || keyOf(object) > from.after) && matches(object),
  );
  const items = limit > 0 ? all.slice(0, limit) : all;
  const last = items.at(-1);
  const more = all.length - items.length;
  return {
    items,
    metadata: {
      resourceVersion: String(revision),
      ...(more > 0 && last ? { continue: encodeToken({ revision, after: keyOf(last) }) } : {}),
      ...(more > 0 && !filtered ? { remainingItemCount: more } : {}),
    },
  };
}

const VERSION_TOO_OLD = 'The resourceVersion for the provided list is too old.';
const CONTINUE_TOO_OLD =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.';

/** The version that is asked for and no other; undefined when a newer one will do. */
function exactRevision(storage: Storage, query: URLSearchParams, limit: number): number | undefined {
  const text = query.get('resourceVersion') ?? '';
  const match = query.get('resourceVersionMatch') ?? '';
  if (text === '' || text === '0') return undefined;
  const revision = listRevision(text);
  if (revision > storage.revision) throw futureRevision(revision, storage.revision);
  return match === 'Exact' || (match === '' && limit > 0) ? revision : undefined;
}

function listRevision(text: string): number {
  const problem = revisionProblem(text);
  if (problem) throw badRequest(`invalid resource version: ${problem}`);
  return Number(text);
}

interface Token {
  readonly revision: number;
  readonly after: string;
}

function encodeToken({ revision, after }: Token): string {
  return Buffer.from(JSON.stringify({ v: 'longshore/v1', rv: revision, start: after })).toString('base64url');
}

function decodeToken(text: string): Token {
  try {
    const { rv, start } = JSON.parse(Buffer.from(text, 'base64url').toString());
    if (typeof rv === 'number' && typeof start === 'string') return { revision: rv, after: start };
    throw new Error('Unexpected content in JSON');
  } catch (error) {
    throw badRequest(`invalid continue token: continue key is not valid: ${describeError(error)}`);
  }
}
