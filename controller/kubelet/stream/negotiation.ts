// Which protocol an upgrade leads to: the first of the client's that we know. Pure.
import type { IncomingHttpHeaders } from 'node:http';
import type { Reply } from '../reply.ts';

export type Agreement =
  /** `protocol` is undefined when the client named none. */
  | { readonly kind: 'spdy' | 'websocket'; readonly protocol: string | undefined }
  | { readonly kind: 'refused'; readonly reply: Reply };

export interface KnownProtocols {
  readonly spdy: readonly string[];
  readonly websocket: readonly string[];
}

export function negotiate(headers: IncomingHttpHeaders, known: KnownProtocols): Agreement {
  const upgrade = (headers.upgrade ?? '').toLowerCase();
  if (upgrade === 'websocket') {
    return agree('websocket', listOf(headers['sec-websocket-protocol']), known.websocket);
  }
  if (upgrade === 'spdy/3.1') {
    return agree('spdy', listOf(headers['x-stream-protocol-version']), known.spdy);
  }
  const text = 'cannot upgrade to anything but SPDY/3.1 and websocket';
  return { kind: 'refused', reply: { status: 400, text } };
}

function agree(kind: 'spdy' | 'websocket', offered: readonly string[], known: readonly string[]): Agreement {
  if (offered.length === 0) return { kind, protocol: undefined };
  const protocol = offered.find((candidate) => known.includes(candidate));
  if (protocol !== undefined) return { kind, protocol };
  const text =
    `unable to upgrade: unable to negotiate protocol: client supports [${offered.join(' ')}], ` +
    `server accepts [${known.join(' ')}]`;
  const headers = { 'X-Accepted-Stream-Protocol-Versions': known.join(', ') };
  return { kind: 'refused', reply: { status: 403, text, headers } };
}

/** A repeated header comes joined by commas. */
function listOf(header: string | string[] | undefined): string[] {
  return String(header ?? '')
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}
