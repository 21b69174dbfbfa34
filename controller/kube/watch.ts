// One watch: the stream of the API server cut into lines, each a checked event. It knows no state; reflector.ts decides
// what to do with events, ends and failures.
import { ApiError, errorOfStatus } from './api-error.ts';
import type { KubeClient, Query } from './client.ts';

/** What every object has that comes out of a list or a watch; decodeObject checks that resourceVersion is there too. */
export interface KubeObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion?: string;
  };
}

export type WatchEvent =
  | {
      readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
      readonly object: KubeObject;
      readonly resourceVersion: string;
    }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string };

export interface WatchOptions {
  readonly path: string;
  readonly query: Query;
  readonly resourceVersion: string;
  /** The server ends the watch after this. */
  readonly timeoutSeconds: number;
  readonly idleTimeoutMs: number;
  readonly signal: AbortSignal;
  /** The server has accepted the watch. */
  readonly onOpen?: () => void;
}

/** No object of the API is near this (etcd's own limit is 1.5 MiB). */
const MAX_EVENT_BYTES = 16 * 1024 * 1024;

/** Ends when the server ends it; throws an ApiError for everything else, a Status event included. */
export async function* watch(client: KubeClient, options: WatchOptions): AsyncGenerator<WatchEvent> {
  const { path, query, resourceVersion, timeoutSeconds, idleTimeoutMs, signal } = options;
  const stream = await client.stream({
    path,
    query: { ...query, watch: true, allowWatchBookmarks: true, resourceVersion, timeoutSeconds },
    idleTimeoutMs,
    signal,
  });
  options.onOpen?.();
  for await (const line of lines(stream)) yield decodeEvent(path, line);
}

async function* lines(stream: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let parts: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    let rest = chunk;
    for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE)) {
      parts.push(rest.subarray(0, end));
      const line = Buffer.concat(parts).toString('utf8');
      parts = [];
      bytes = 0;
      rest = rest.subarray(end + 1);
      if (line.trim() !== '') yield line;
    }
    if (rest.length === 0) continue;
    parts.push(rest);
    bytes += rest.length;
    if (bytes > MAX_EVENT_BYTES) {
      throw new ApiError('exhausted', `a watch event is larger than ${MAX_EVENT_BYTES} bytes`);
    }
  }
  // What is left is half an event: its change comes again on the next watch.
}

const NEWLINE = 0x0a;

function decodeEvent(path: string, line: string): WatchEvent {
  let event: { type?: unknown; object?: unknown };
  try {
    event = JSON.parse(line);
  } catch (cause) {
    throw new ApiError('unavailable', `WATCH ${path}: the server sent an event that is not JSON`, { cause });
  }
  switch (event.type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return {
        type: event.type,
        object: decodeObject(path, event.object),
        resourceVersion: versionOf(path, event.object),
      };
    case 'BOOKMARK':
      return { type: 'BOOKMARK', resourceVersion: versionOf(path, event.object) };
    case 'ERROR':
      throw errorOfStatus(`WATCH ${path}`, event.object);
    default:
      throw new ApiError(
        'unavailable',
        `WATCH ${path}: the server sent an event of type ${String(event.type)}`,
      );
  }
}

/** Checks what the rest of the program relies on, and drops `managedFields`, a third of an object nobody reads. */
export function decodeObject(path: string, value: unknown): KubeObject {
  const { metadata } = (value ?? {}) as { metadata?: Record<string, unknown> };
  if (typeof metadata?.['name'] !== 'string' || typeof metadata['uid'] !== 'string') {
    throw new ApiError('unavailable', `${path}: the server sent an object without name or uid`);
  }
  versionOf(path, value);
  delete metadata['managedFields'];
  return value as KubeObject;
}

function versionOf(path: string, value: unknown): string {
  const version = (value as { metadata?: { resourceVersion?: unknown } } | undefined)?.metadata
    ?.resourceVersion;
  if (typeof version === 'string' && version !== '') return version;
  throw new ApiError('unavailable', `${path}: the server sent an object without resourceVersion`);
}
