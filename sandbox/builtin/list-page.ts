// Lists in pages: limit and continue. A page is read from what is stored now, not from a snapshot of the first page's
// moment; the token names the last key given and the first page's revision.
import { describeError } from '../../common/errors.ts';
import { badRequest, expired } from './api-error.ts';
import type { KubeObject } from './kube-object.ts';
import type { Predicate } from './label-selector.ts';
import { futureRevision, integerOption, revisionProblem } from './list-options.ts';
import { keyOf, type Storage } from './storage.ts';

export interface ListRequest {
  readonly objects: readonly KubeObject[];
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

export function readPage(storage: Storage, { objects, matches, filtered, query }: ListRequest): Page {
  checkRevision(storage, query);
  const limit = integerOption(query, 'limit');
  const token = query.get('continue') ?? '';
  const from = token === '' ? undefined : decodeToken(token);
  const all = objects.filter(
    (object) => (from === undefined || keyOf(object) > from.after) && matches(object),
  );
  const items = limit > 0 ? all.slice(0, limit) : all;
  const revision = from?.revision ?? storage.revision;
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

function checkRevision(storage: Storage, query: URLSearchParams): void {
  const text = query.get('resourceVersion') ?? '';
  const match = query.get('resourceVersionMatch');
  if (text === '' || text === '0') return;
  const revision = listRevision(text);
  if (revision > storage.revision) throw futureRevision(revision, storage.revision);
  if (match === 'Exact' && revision !== storage.revision) {
    throw expired(`The provided resource version is no longer available: ${revision} (${storage.revision})`);
  }
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
