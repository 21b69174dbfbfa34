// A watch over HTTP: one JSON line per event, bookmarks, an ERROR line when the history is gone, an end in time. A
// client that does not read is cut off rather than buffered for.
import type { ServerResponse } from 'node:http';
import type { Clock } from '../../common/clock.ts';
import type { ApiContext, ResourceCall } from './api-context.ts';
import { toApiError } from './api-error.ts';
import { isObject } from './json.ts';
import type { KubeObject } from './kube-object.ts';
import type { Predicate } from './label-selector.ts';
import { integerOption, parseRevision } from './list-options.ts';
import { type Encoding, encodeObject } from './reply.ts';
import { isTrue } from './request-info.ts';
import { groupVersionOf, type JsonObject } from './resource.ts';
import { bucketOf } from './storage.ts';
import { watch } from './watch-stream.ts';

const MIN_TIMEOUT_SECONDS = 1800;
const MAX_UNREAD_BYTES = 64 * 1024 * 1024;

export interface WatchCall extends ResourceCall {
  readonly matches: Predicate;
  readonly response: ServerResponse;
  readonly encoding: Encoding;
}

/** Resolves when the watch is over. Throws before anything is written when it cannot begin. */
export async function serveWatch(context: ApiContext, call: WatchCall): Promise<void> {
  const { query, response } = call;
  const since = startOf(context, query);
  using _slot = context.watchers.enter();
  const ended = new AbortController();
  response.once('close', () => ended.abort());
  const lines = new EventLines(call, { clock: context.clock, giveUp: () => ended.abort() });
  using _subscription = begin(context, call, since, lines);
  if (isTrue(query.get('sendInitialEvents'))) lines.bookmark(context.objects.storage.revision, true);
  const signal = AbortSignal.any([ended.signal, context.stopping]);
  const timeoutMs = timeoutSeconds(query) * 1000;
  const bookmarks = isTrue(query.get('allowWatchBookmarks'));
  const deadline = context.clock.monotonicMs() + timeoutMs;
  while (!signal.aborted) {
    const left = deadline - context.clock.monotonicMs();
    if (left <= 0) break;
    const pause = bookmarks ? Math.min(left, context.bookmarkMs) : left;
    await context.clock.sleep(pause, signal).catch(() => undefined);
    if (bookmarks && !signal.aborted) lines.bookmark(context.objects.storage.revision, false);
  }
  if (!response.destroyed) response.end();
}

function begin(
  context: ApiContext,
  call: WatchCall,
  since: number | undefined,
  lines: EventLines,
): Disposable {
  const request = {
    bucket: bucketOf(call.resource),
    namespace: call.info.namespace,
    matches: call.matches,
    since,
  };
  call.response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
  call.response.flushHeaders();
  try {
    return watch(context.objects.storage, request, (type, object) => lines.event(type, object));
  } catch (error) {
    lines.failure(error);
    return { [Symbol.dispose]: () => undefined };
  }
}

function startOf(context: ApiContext, query: URLSearchParams): number | undefined {
  const text = query.get('resourceVersion') ?? '';
  const initial = query.get('sendInitialEvents');
  if (text === '' || text === '0' || isTrue(initial))
    return initial === 'false' ? context.objects.storage.revision : undefined;
  return parseRevision(text);
}

/** Without one the server chooses, at random so that not all watches end together. */
function timeoutSeconds(query: URLSearchParams): number {
  const asked = integerOption(query, 'timeoutSeconds');
  return asked > 0 ? asked : MIN_TIMEOUT_SECONDS * (1 + Math.random());
}

/** Events as lines; a table's columns are sent with the first only. */
class EventLines {
  readonly #call: WatchCall;
  readonly #clock: Clock;
  readonly #giveUp: () => void;
  #columnsSent = false;

  constructor(call: WatchCall, { clock, giveUp }: { readonly clock: Clock; readonly giveUp: () => void }) {
    this.#call = call;
    this.#clock = clock;
    this.#giveUp = giveUp;
  }

  event(type: string, object: KubeObject): void {
    const { resource } = this.#call;
    // Ages in a table are those of the event, not of the watch's beginning.
    const encoding = { ...this.#call.encoding, now: this.#clock.now() };
    try {
      this.#write(type, this.#once(encodeObject(object, resource, encoding)));
    } catch (error) {
      this.failure(error);
    }
  }

  /** The watch's last event. */
  failure(error: unknown): void {
    this.#write('ERROR', toApiError(error).status);
    this.#giveUp();
  }

  bookmark(revision: number, endOfInitial: boolean): void {
    const { resource, encoding } = this.#call;
    const annotations = endOfInitial ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {};
    const metadata = { resourceVersion: String(revision), ...annotations };
    const kinds = {
      object: { kind: resource.kind, apiVersion: groupVersionOf(resource), metadata },
      partial: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata },
      table: { kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata, columnDefinitions: null, rows: [] },
    };
    this.#write('BOOKMARK', kinds[encoding.form.kind]);
  }

  #once(object: JsonObject): JsonObject {
    if (object['kind'] !== 'Table' || !isObject(object)) return object;
    const first = !this.#columnsSent;
    this.#columnsSent = true;
    return first ? object : { ...object, columnDefinitions: null };
  }

  #write(type: string, object: unknown): void {
    const { response } = this.#call;
    if (response.destroyed || response.writableEnded) return;
    if (response.writableLength > MAX_UNREAD_BYTES) {
      response.destroy();
      return;
    }
    response.write(`${JSON.stringify({ type, object })}\n`);
  }
}
