// A log that is followed, line by line, as kubectl reads it.
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { LongshoreError } from '../../../common/errors.ts';
import type { FollowedLog, StreamRoute } from '../../cli/stream-client.ts';
import { refusal, unreachable } from './upgrade-request.ts';

/** Of what has come and was not looked for yet: more than any line of the doctor's. */
const KEPT_CHARACTERS = 65_536;

export async function followLog(
  { endpoint: { url, headers, tls }, path }: Omit<StreamRoute, 'transport'>,
  signal: AbortSignal,
): Promise<FollowedLog> {
  const asking = request(`${url}${path}`, { ...tls, headers, agent: false, signal });
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  asking.on('response', resolve);
  asking.on('error', (cause) => reject(signal.aborted ? tooLate('it did not begin') : unreachable(cause)));
  asking.end();
  const response = await promise;
  if (response.statusCode !== 200) throw await refusal(response);
  return readLog(response);
}

function readLog(response: IncomingMessage): FollowedLog {
  let text = '';
  let state: 'open' | 'whole' | 'cut' = 'open';
  let wake = () => {};
  const end = (how: 'whole' | 'cut') => {
    if (state === 'open') state = how;
    wake();
  };
  response.setEncoding('utf8');
  response.on('data', (more: string) => {
    text = (text + more).slice(-KEPT_CHARACTERS);
    wake();
  });
  response.on('end', () => end('whole'));
  response.on('error', () => end('cut'));
  response.on('close', () => end('cut'));

  async function until(isSo: () => boolean, { ms, late }: { readonly ms: number; readonly late: string }) {
    const { promise, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(tooLate(late)), ms);
    try {
      while (!isSo()) {
        const woken = new Promise<void>((resolve) => {
          wake = resolve;
        });
        await Promise.race([woken, promise]);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    async line(words, ms) {
      const late = 'it began, and nothing of what was written after that came';
      await until(() => text.includes(words) || state !== 'open', { ms, late });
      if (!text.includes(words))
        throw new LongshoreError(
          'unavailable',
          `it ${state === 'whole' ? 'ended' : 'was cut off'} before what was written after it began`,
        );
    },
    async end(ms) {
      await until(() => state !== 'open', { ms, late: 'it did not end when its container did' });
      if (state === 'cut')
        throw new LongshoreError('unavailable', 'it was cut off, and did not end, when its container did');
    },
    [Symbol.dispose]: () => void response.destroy(),
  };
}

function tooLate(what: string): LongshoreError {
  return new LongshoreError('unavailable', what);
}
