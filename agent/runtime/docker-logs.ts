// One request for a container's log, as Docker takes it.
import { describeError, LongshoreError } from '../../common/errors.ts';
import type { AskDocker, DockerAnswer } from './docker-answers.ts';

export interface DockerLogQuery extends LogPast {
  readonly containerId: string;
  readonly follow: boolean;
  readonly timestamps: boolean;
  /** Default: both. */
  readonly only?: 'stdout' | 'stderr';
}

/** What of the past is read. */
export interface LogPast {
  /** Unix seconds, with or without decimals. */
  readonly since: string | undefined;
  /** So many pieces, the last ones. */
  readonly tail?: number;
}

export async function dialLogs(
  ask: AskDocker,
  options: DockerLogQuery,
  signal: AbortSignal,
): Promise<DockerAnswer> {
  const { containerId, follow, timestamps, only, since, tail } = options;
  const query = new URLSearchParams({
    stdout: String(only !== 'stderr'),
    stderr: String(only !== 'stdout'),
    follow: String(follow),
    timestamps: String(timestamps),
    ...(since !== undefined && { since }),
    ...(tail !== undefined && { tail: String(tail) }),
  });
  try {
    const answer = await ask(`/containers/${containerId}/logs?${query}`, signal);
    if (answer.status === 200) return answer;
    throw refusal(answer.status, await wordsOf(answer));
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof LongshoreError) throw cause;
    throw unreadable(describeError(cause), cause);
  }
}

const MAX_WORDS_BYTES = 16 * 1024;

/** Why Docker refuses. */
async function wordsOf(answer: DockerAnswer): Promise<string> {
  let words = '';
  for await (const bytes of answer) {
    words += bytes;
    if (words.length > MAX_WORDS_BYTES) break;
  }
  answer.destroy();
  try {
    const { message } = JSON.parse(words) as { readonly message?: unknown };
    return typeof message === 'string' ? message.trim() : '';
  } catch {
    return words.slice(0, 200).trim();
  }
}

const UNREADABLE = 501;

function refusal(status: number, why: string): LongshoreError {
  if (status === 404) return new LongshoreError('not-found', 'the container and its log are gone');
  if (status === UNREADABLE || WRITES_ONLY.test(why))
    return new LongshoreError('invalid', `the container’s log cannot be read on its machine: ${why}`);
  return unreadable(why || `status ${status}`);
}

function unreadable(why: string, cause?: unknown): LongshoreError {
  return new LongshoreError('unavailable', `cannot read the container's log: ${why}`, { cause });
}

/** Some versions say so as an error of the server. */
const WRITES_ONLY = /logging driver does not support reading/;
