// The streams of one session: opened when the controller asks, cancelled when it no longer wants them, and all of them
// when the session ends.

import type { Clock } from '../../common/clock.ts';
import { LongshoreError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import type { StreamInput, StreamOutput } from '../../common/stream-message.ts';
import { createYoungCollector } from '../../common/young-collector.ts';
import type { CloseStream__Output } from '../../proto/gen/longshore/v1/CloseStream.ts';
import type { OpenStream__Output } from '../../proto/gen/longshore/v1/OpenStream.ts';
import type { ControllerChannel } from './controller-channel.ts';
import {
  decodeAgentLogRequest,
  decodeAttachRequest,
  decodeExecRequest,
  decodeImagePullRequest,
  decodeLogsRequest,
  decodePortForwardRequest,
  decodeStreamId,
} from './decode-controller.ts';
import { serveStream } from './serve-stream.ts';
import type { StreamHost } from './stream-host.ts';

export interface SessionStreams {
  open(request: OpenStream__Output): void;
  close(request: CloseStream__Output): void;
  /** Resolves when all have ended, or have been told to for so long that they will not: the next session does not wait. */
  end(): Promise<void>;
}

export interface SessionStreamsDeps {
  readonly channel: Pick<ControllerChannel, 'streams'>;
  /** What it leaves out is not offered. */
  readonly streams: Partial<StreamHost>;
  readonly clock: Clock;
  readonly log: Log;
}

/** More than the controller would ask for, with those that are ending. */
const MAX_STREAMS = 1000;
/** What asks Docker may not be answered. */
const END_WITHIN_MS = 5000;
/** Few frames leave little in V8's heap, and then it collects too seldom by itself. */
const COLLECT_AFTER_BYTES = 8 * 1024 * 1024;

export function createSessionStreams({ channel, streams, clock, log }: SessionStreamsDeps): SessionStreams {
  const over = new AbortController();
  const passed = createYoungCollector(COLLECT_AFTER_BYTES);
  const open = new Map<string, { readonly cancel: AbortController; readonly done: Promise<void> }>();

  return {
    open(request) {
      const streamId = decodeStreamId(request.streamId);
      if (open.size >= MAX_STREAMS) {
        log.warn({ streamId }, 'too many streams are open; request left unanswered');
        return;
      }
      const cancel = new AbortController();
      const signal = AbortSignal.any([over.signal, cancel.signal]);
      const stream = { streamId, open: sourceOf(request, streams) };
      const done = serveStream(channel.streams.Open(), stream, { signal, passed, log });
      open.set(streamId, { cancel, done });
      void done.finally(() => open.delete(streamId));
    },
    close: ({ streamId }) => open.get(streamId)?.cancel.abort(),
    async end() {
      over.abort();
      const ended = new AbortController();
      const late = clock.sleep(END_WITHIN_MS, ended.signal).catch(() => undefined);
      await Promise.race([Promise.allSettled([...open.values()].map(({ done }) => done)), late]);
      ended.abort();
      if (open.size > 0) log.warn({ streams: open.size }, 'streams do not end with their session');
    },
  };
}

const WORDS: Readonly<Record<NonNullable<OpenStream__Output['request']>, string>> = {
  ...{ logs: 'logs', exec: 'exec', attach: 'attach', portForward: 'port-forward' },
  ...{ agentLog: 'a log of its own', pullImage: 'pulls of images' },
};

function sourceOf(
  { request, logs, exec, attach, portForward, agentLog, pullImage }: OpenStream__Output,
  streams: Partial<StreamHost>,
) {
  return async (
    input: AsyncIterable<StreamInput>,
    signal: AbortSignal,
  ): Promise<AsyncIterable<StreamOutput>> => {
    if (logs && streams.logs) return asData(await streams.logs(decodeLogsRequest(logs), signal));
    if (agentLog && streams.agentLog)
      return asData(await streams.agentLog(decodeAgentLogRequest(agentLog), signal));
    if (pullImage && streams.pullImage)
      return asData(await streams.pullImage(decodeImagePullRequest(pullImage), signal));
    if (exec && streams.exec) return streams.exec(decodeExecRequest(exec), input, signal);
    if (attach && streams.attach) return streams.attach(decodeAttachRequest(attach), input, signal);
    if (portForward && streams.portForward)
      return streams.portForward(decodePortForwardRequest(portForward), input, signal);
    throw new LongshoreError(
      'invalid',
      request
        ? `this agent does not offer ${WORDS[request]}`
        : 'this agent does not know this kind of stream: upgrade it',
    );
  };
}

async function* asData(chunks: AsyncIterable<Buffer>): AsyncGenerator<StreamOutput> {
  for await (const data of chunks) yield { kind: 'data', data };
}
