// The log of one attempt of a container, read by the machine's own `tail`.
import { spawn } from 'node:child_process';
import { LongshoreError } from '../../common/errors.ts';
import type { LogsRequest__Output } from '../../proto/gen/longshore/v1/LogsRequest.ts';
import { type ContainerProcess, pidOf } from './container-process.ts';

/** Throws for a wish that cannot be granted: lines are kept as they are written, without their times. */
export function checkLogWish(request: LogsRequest__Output): void {
  const { timestamps, sinceTimeMs, sinceSeconds, limitBytes, stream } = request;
  const isPlain = !timestamps && stream === 'LOG_STREAM_ALL';
  if (isPlain && (sinceTimeMs ?? sinceSeconds ?? limitBytes) === undefined) return;
  throw new LongshoreError('invalid', 'this provider can follow a log and give its last lines, and no more');
}

/** Followed until the process ends; stops when the signal aborts. */
export function readLog(
  attempt: ContainerProcess,
  { tailLines, follow }: Pick<LogsRequest__Output, 'tailLines' | 'follow'>,
  signal: AbortSignal,
): AsyncIterable<Buffer> {
  const pid = follow ? pidOf(attempt) : undefined;
  const following = pid === undefined ? [] : ['-f', `--pid=${pid}`];
  const tail = spawn('tail', ['-n', `${tailLines ?? '+1'}`, ...following, `${attempt.path}.log`], {
    signal,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  // That it was stopped: who reads hears it.
  tail.on('error', () => {});
  return tail.stdout;
}
