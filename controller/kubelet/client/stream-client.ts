// Looks whether streams come through: each is opened as kubectl opens it, used for a few bytes, and closed.
import { randomBytes } from 'node:crypto';
import { LongshoreError } from '../../../common/errors.ts';
import type { StreamClient, StreamRoute } from '../../cli/stream-client.ts';
import { followLog } from './follow-log.ts';
import { createMessageDuplex } from './message-duplex.ts';
import { openRemoteCommand } from './remote-command.ts';
import { createSpdyClient, type SpdyClient } from './spdy-client.ts';
import { upgradeRequest } from './upgrade-request.ts';

const FORWARD = 'portforward.k8s.io';
const TUNNEL = `SPDY/3.1+${FORWARD}`;

export function createStreamClient(): StreamClient {
  return {
    followLog,
    exec: (route, signal) =>
      within(signal, async (until) => {
        const { status } = await openRemoteCommand(route, { stdin: false, tty: false }, until);
        return await status;
      }),
    attach: (route, { type, see }, signal) =>
      within(signal, async (until) => {
        const { write, stdout, status } = await openRemoteCommand(route, { stdin: true, tty: true }, until);
        write(type);
        await Promise.race([seen(stdout, see), status.then(endedEarly)]);
      }),
    forward: (route, port, signal) =>
      within(signal, async (until) => {
        using session = await forwardSession(route, until);
        const headers = (streamtype: string) => ({ streamtype, port: String(port), requestid: '0' });
        const error = await session.open(headers('error'));
        error.end();
        await session.open(headers('data'));
        return await errorText(error.output);
      }),
  };
}

async function forwardSession(
  { endpoint, path, transport }: StreamRoute,
  until: AbortSignal,
): Promise<SpdyClient> {
  if (transport === 'SPDY') {
    const ask = { upgrade: 'SPDY/3.1', 'x-stream-protocol-version': FORWARD };
    return createSpdyClient(await upgradeRequest(endpoint, { method: 'POST', path, ask }, until));
  }
  const ask = {
    ...{ upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-protocol': TUNNEL },
    'sec-websocket-key': randomBytes(16).toString('base64'),
  };
  const tunnel = createMessageDuplex(await upgradeRequest(endpoint, { method: 'GET', path, ask }, until));
  return createSpdyClient(tunnel);
}

/** A server may reset the stream once it has said what went wrong. */
async function errorText(output: AsyncIterable<Buffer>): Promise<string> {
  let text = '';
  try {
    for await (const chunk of output) text += chunk.toString('utf8');
  } catch (error) {
    if (text === '') throw error;
  }
  return text.trim();
}

/** Whatever comes of it, nothing of it stays; what hangs until the signal aborts says so. */
async function within<T>(signal: AbortSignal, work: (until: AbortSignal) => Promise<T>): Promise<T> {
  const done = new AbortController();
  const until = AbortSignal.any([signal, done.signal]);
  const { promise: late, reject } = Promise.withResolvers<never>();
  late.catch(() => undefined);
  const onAbort = () => reject(new LongshoreError('unavailable', 'nothing came of it in time'));
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  const working = work(until);
  try {
    return await Promise.race([working, late]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    done.abort();
    working.catch(() => undefined);
  }
}

async function seen(output: AsyncIterable<Buffer>, words: string): Promise<void> {
  let text = '';
  for await (const chunk of output) {
    text += chunk.toString('utf8');
    if (text.includes(words)) return;
  }
  throw new LongshoreError('unavailable', 'the terminal went away before it showed what was sent');
}

function endedEarly({ message, status }: { readonly message?: string; readonly status?: string }): never {
  throw new LongshoreError('unavailable', message ?? `it ended at once (${status})`);
}
