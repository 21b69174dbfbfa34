// One request for a container's log, as Docker takes it.
import type Docker from 'dockerode';
import { describeError, LongshoreError } from '../../common/errors.ts';

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

export type DockerLog = NodeJS.ReadableStream & AsyncIterable<Buffer> & { destroy(): void };

/** `logs()` would collect a log that is not followed in memory. */
export async function dialLogs(
  docker: Docker,
  options: DockerLogQuery,
  signal: AbortSignal,
): Promise<DockerLog> {
  const { containerId, follow, timestamps, only, since, tail } = options;
  const query = {
    stdout: only !== 'stderr',
    stderr: only !== 'stdout',
    follow,
    timestamps,
    ...(since !== undefined && { since }),
    ...(tail !== undefined && { tail: String(tail) }),
  };
  const request = {
    path: `/containers/${containerId}/logs?`,
    method: 'GET',
    isStream: true,
    abortSignal: signal,
    options: query,
    statusCodes: { 200: true, 404: 'no such container', 500: 'server error' },
  };
  return new Promise((resolve, reject) => {
    docker.modem.dial(request, (error: unknown, answer: unknown) => {
      if (error) {
        reject(signal.aborted ? signal.reason : logsError(error, containerId));
        return;
      }
      const stream = answer as DockerLog;
      // An abort shows as an error of the stream at whatever moment; unheard, it would end the process.
      stream.on('error', () => {});
      resolve(stream);
    });
  });
}

const UNREADABLE = 501;

/** Docker's words are in the message: as a cause they would be told twice. */
function logsError(error: unknown, containerId: string): LongshoreError {
  const { statusCode } = error as { statusCode?: number };
  if (statusCode === 404) {
    // The pod has this container all the same, so it is no `not-found`.
    return new LongshoreError('invalid', `unable to retrieve container logs for docker://${containerId}`);
  }
  // The client puts the HTTP before Docker's own words.
  const why = describeError(error)
    .replace(/^\(HTTP code \d+\) [^-]*- /, '')
    .trim();
  if (statusCode === UNREADABLE || WRITES_ONLY.test(why))
    return new LongshoreError('invalid', `the container’s log cannot be read on its machine: ${why}`);
  return new LongshoreError('unavailable', `cannot read the container's log: ${why}`);
}

/** Some versions say so as an error of the server. */
const WRITES_ONLY = /logging driver does not support reading/;
