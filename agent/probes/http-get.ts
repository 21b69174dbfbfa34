// One HTTP request to a container, as probes and hooks send it: over a connection of its own, any certificate accepted,
// redirects left to the caller, no more of the answer's body read than asked for.
import http from 'node:http';
import https from 'node:https';
import { isIP } from 'node:net';
import type { HttpTarget } from '../pod/action-target.ts';

export interface HttpAnswer {
  readonly statusCode: number;
  /** Where a redirect points. */
  readonly location: string | undefined;
  readonly body: string;
}

export interface HttpGetOptions {
  readonly userAgent: string;
  readonly maxBodyBytes: number;
  readonly signal: AbortSignal;
}

/** Far beyond Node's own bound, as a kubelet's is. */
const MAX_HEADER_BYTES = 1024 * 1024;

export function httpGet(target: HttpTarget, options: HttpGetOptions): Promise<HttpAnswer> {
  const { scheme, host, port, path } = target;
  const { signal, maxBodyBytes } = options;
  return new Promise((resolve, reject) => {
    const settings: https.RequestOptions = {
      host,
      port,
      path: path.replaceAll(/[^!-~]/gu, encodeURIComponent),
      headers: headersOf(target, options.userAgent),
      // None is kept for the next: a probe is to find out whether a new one can be had.
      agent: false,
      maxHeaderSize: MAX_HEADER_BYTES,
      signal,
      rejectUnauthorized: false,
      ...(isIP(host) === 0 ? { servername: host } : {}),
    };
    const request = (scheme === 'https' ? https : http).get(settings, (response) => {
      readBody(response, maxBodyBytes).then(
        (body) =>
          resolve({ statusCode: response.statusCode ?? 0, location: response.headers.location, body }),
        reject,
      );
    });
    request.on('error', reject);
  });
}

async function readBody(response: http.IncomingMessage, maxBytes: number): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    const piece: Buffer = chunk;
    pieces.push(piece.subarray(0, maxBytes - bytes));
    bytes += piece.length;
    if (bytes >= maxBytes) break;
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** An empty value takes a default away. */
function headersOf({ headers }: HttpTarget, userAgent: string): Record<string, string | string[]> {
  const given: Record<string, string[]> = {};
  for (const { name, value } of headers) {
    const key = name.toLowerCase();
    given[key] = [...(given[key] ?? []), value];
  }
  const all: Record<string, string[]> = {
    'user-agent': [userAgent],
    accept: ['*/*'],
    ...given,
    connection: ['close'],
  };
  const said = Object.entries(all).filter(([, values]) => values.some((value) => value !== ''));
  // Node.js takes no list for a header that may come once only.
  return Object.fromEntries(said.map(([name, values]) => [name, one(values)]));
}

function one(values: string[]): string | string[] {
  const [first = ''] = values;
  return values.length > 1 ? values : first;
}
