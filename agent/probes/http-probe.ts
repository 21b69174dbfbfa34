// An HTTP probe: 200 to 399 is success. Redirects on the same host are followed; one to elsewhere, or too many of them,
// is a warning.

import { TimeLimitError } from '../../common/time-limit.ts';
import { KUBERNETES_VERSION } from '../../common/version.ts';
import type { HttpTarget } from '../pod/action-target.ts';
import { networkWords } from '../pod/network-words.ts';
import { type HttpAnswer, httpGet } from './http-get.ts';
import { failure, MAX_OUTPUT_BYTES, type ProbeOutcome, SUCCESS } from './probe-outcome.ts';

const USER_AGENT = `kube-probe/${KUBERNETES_VERSION.split('.').slice(0, 2).join('.')}`;
const MAX_REDIRECTS = 10;

export async function probeHttp(first: HttpTarget, signal: AbortSignal): Promise<ProbeOutcome> {
  let target = first;
  try {
    for (let redirects = 0; ; redirects++) {
      const answer = await httpGet(target, { userAgent: USER_AGENT, maxBodyBytes: MAX_OUTPUT_BYTES, signal });
      const next = redirectOf(answer, target);
      if (!next) return outcomeOf(answer);
      if (next.host !== first.host || redirects >= MAX_REDIRECTS) {
        return { kind: 'warning', output: `Probe terminated redirects, Response body: ${answer.body}` };
      }
      target = next;
    }
  } catch (error) {
    signal.throwIfAborted();
    return failure(`Get "${urlOf(target)}": ${dialed(target, error)}`);
  }
}

/** What the limit of its time says of an HTTP probe. */
export function httpTimeout(target: HttpTarget): string {
  return `Get "${urlOf(target)}": ${new TimeLimitError().message} (Client.Timeout exceeded while awaiting headers)`;
}

function outcomeOf({ statusCode }: HttpAnswer): ProbeOutcome {
  if (statusCode >= 200 && statusCode < 400) return SUCCESS;
  return failure(`HTTP probe failed with statuscode: ${statusCode}`);
}

function redirectOf({ statusCode, location }: HttpAnswer, from: HttpTarget): HttpTarget | undefined {
  if (statusCode < 300 || statusCode > 399 || statusCode === 304 || location === undefined) return undefined;
  const base = urlOf(from);
  if (!URL.canParse(location, base)) return undefined;
  const { protocol, hostname, port, pathname, search } = new URL(location, base);
  const scheme = protocol === 'https:' ? 'https' : 'http';
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const number = port === '' ? (scheme === 'https' ? 443 : 80) : Number(port);
  return { ...from, scheme, host, port: number, path: `${pathname}${search}` };
}

function urlOf({ scheme, host, port, path }: HttpTarget): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}${path}`;
}

function dialed({ host, port }: HttpTarget, error: unknown): string {
  const words = networkWords(error);
  return words.startsWith('connect: ') ? `dial tcp ${host}:${port}: ${words}` : words;
}
