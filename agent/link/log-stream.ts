// One byte stream to the controller: opened because the session asked for it, fed from the pod host at the pace of the
// reader at the far end. It says `opened` first, then an empty data frame once the request is accepted, or `end` with
// the reason it is refused. Whichever side stops first, the other is cancelled.
import type { ClientDuplexStream } from '@grpc/grpc-js';
import { describeError, errorCode } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import { drained } from '../../common/paced-write.ts';
import type { StreamFrame, StreamFrame__Output } from '../../proto/gen/longshore/v1/StreamFrame.ts';
import type { StreamResult } from '../../proto/gen/longshore/v1/StreamResult.ts';
import { MAX_FRAME_BYTES } from '../../proto/wire.ts';

export type StreamCall = ClientDuplexStream<StreamFrame, StreamFrame__Output>;

/** Resolves once the request is accepted; the bytes stop when the signal aborts. */
export type OpenSource = (signal: AbortSignal) => Promise<AsyncIterable<Buffer>>;

/** Resolves when the call has ended, however it did; never rejects. */
export async function feedStream(
  call: StreamCall,
  stream: { readonly streamId: string; readonly open: OpenSource },
  context: { readonly signal: AbortSignal; readonly log: Log },
): Promise<void> {
  const reader = new AbortController();
  const ended = new Promise<void>((resolve) => {
    call.on('status', () => resolve());
    // The status says the same; without a listener it would be thrown.
    call.on('error', () => resolve());
  });
  void ended.then(() => reader.abort());
  // Reading has to begin before anything is paused, or flow control is off for this call.
  call.on('data', () => undefined);
  // The controller ends its side when its reader has gone.
  call.on('end', () => reader.abort());
  const signal = AbortSignal.any([context.signal, reader.signal]);
  // Also when all is said and only the far end's status is missing: it may never come.
  const cancel = () => call.cancel();
  context.signal.addEventListener('abort', cancel, { once: true });
  try {
    await write(call, { opened: { streamId: stream.streamId } }, signal);
    const source = await stream.open(signal);
    await write(call, { data: Buffer.alloc(0) }, signal);
    for await (const chunk of source) {
      for (let offset = 0; offset < chunk.length && !signal.aborted; offset += MAX_FRAME_BYTES) {
        await write(call, { data: chunk.subarray(offset, offset + MAX_FRAME_BYTES) }, signal);
      }
      if (signal.aborted) break;
    }
    if (!signal.aborted) await write(call, { end: { result: 'STREAM_RESULT_OK' } }, signal);
  } catch (error) {
    if (!signal.aborted) {
      const result = resultOf(error);
      if (result === 'STREAM_RESULT_INTERNAL')
        context.log.warn({ reason: describeError(error) }, 'log stream failed');
      await write(call, { end: { result, message: describeError(error).slice(0, 4096) } }, signal);
    }
  } finally {
    if (signal.aborted) call.cancel();
    else call.end();
    await ended;
    context.signal.removeEventListener('abort', cancel);
  }
}

async function write(call: StreamCall, frame: StreamFrame, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  if (!call.write(frame)) await drained(call, signal);
}

function resultOf(error: unknown): StreamResult {
  switch (errorCode(error)) {
    case 'not-found':
      return 'STREAM_RESULT_NOT_FOUND';
    case 'invalid':
      return 'STREAM_RESULT_BAD_REQUEST';
    default:
      return 'STREAM_RESULT_INTERNAL';
  }
}
