// Carries one stream over the call that its agent has opened: the agent's messages to the reader at the reader's pace,
// the client's messages to the agent at the agent's. Whoever ends first, nothing stays behind.
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { LongshoreError } from '../../common/errors.ts';
import type { PacedReader } from '../../common/paced-read.ts';
import { drained } from '../../common/paced-write.ts';
import type { StreamInput, StreamOutput } from '../../common/stream-message.ts';
import type { StreamEnd__Output } from '../../proto/gen/longshore/v1/StreamEnd.ts';
import type { StreamFrame, StreamFrame__Output } from '../../proto/gen/longshore/v1/StreamFrame.ts';
import { MAX_FRAME_BYTES } from '../../proto/wire.ts';
import type { AgentStream } from '../reconcile/agent-stream.ts';

export type StreamCall = ServerDuplexStream<StreamFrame__Output, StreamFrame>;

export interface CarriedStream {
  readonly call: StreamCall;
  /** What the agent sends after it has said which stream this is. */
  readonly frames: PacedReader<StreamFrame__Output>;
  /** Cancels. */
  readonly signal: AbortSignal;
  readonly accepted: (stream: AgentStream) => void;
  readonly refused: (error: unknown) => void;
  /** Nobody wants it any more, and the agent has not ended it. */
  readonly abandoned: () => void;
}

/** Resolves when both sides have done with it; never rejects. */
export async function carryStream(carried: CarriedStream): Promise<void> {
  const { call, frames, signal, accepted, refused, abandoned } = carried;
  const over = new AbortController();
  const left = Promise.withResolvers<void>();
  const cut = (error: LongshoreError) => {
    frames.breakOff(error);
    over.abort();
    left.resolve();
  };
  const release = onCut(carried, cut);
  let endHeard = false;
  const next = async () => {
    const frame = await nextFrame(frames);
    if (frame.kind === 'end') endHeard = true;
    return frame;
  };
  try {
    const first = await next();
    if (first.kind === 'end') throw refusalOf(first.end) ?? unavailable('the agent ended the stream at once');
    const send = (input: StreamInput) => sendInput(call, input, over.signal);
    accepted({ output: outputOf(first, next, left.resolve), send });
    // The reader may never start to read: what cuts the stream off then finishes it.
    await left.promise;
  } catch (error) {
    refused(signal.aborted ? cancelReason(signal) : error);
  } finally {
    release();
    over.abort();
    if (!endHeard) abandoned();
    call.end();
  }
}

/** Calls when the reader cancels or the agent's connection breaks; returns how to stop that. */
function onCut({ call, signal }: CarriedStream, cut: (error: LongshoreError) => void): () => void {
  const onAbort = () => cut(cancelReason(signal));
  const onCancelled = () => cut(unavailable('the agent broke the stream off'));
  signal.addEventListener('abort', onAbort, { once: true });
  call.on('cancelled', onCancelled);
  if (signal.aborted) onAbort();
  else if (call.cancelled) onCancelled();
  return () => {
    signal.removeEventListener('abort', onAbort);
    call.off('cancelled', onCancelled);
  };
}

async function* outputOf(
  first: StreamOutput,
  next: () => Promise<AgentFrame>,
  left: () => void,
): AsyncGenerator<StreamOutput> {
  try {
    for (let frame: AgentFrame = first; ; frame = await next()) {
      if (frame.kind !== 'end') {
        if (!('data' in frame) || frame.data.byteLength > 0) yield frame;
        continue;
      }
      const failure = refusalOf(frame.end);
      if (failure) throw failure;
      const { exitCode } = frame.end;
      if (exitCode === undefined) return;
      if (exitCode > 255) throw new LongshoreError('invalid', `${exitCode} is no exit code`);
      yield { kind: 'exit', code: exitCode };
      return;
    }
  } finally {
    left();
  }
}

type AgentFrame = StreamOutput | { readonly kind: 'end'; readonly end: StreamEnd__Output };

async function nextFrame(frames: PacedReader<StreamFrame__Output>): Promise<AgentFrame> {
  const frame = await frames.next().catch((error: unknown) => {
    throw error instanceof LongshoreError ? error : unavailable('the agent broke the stream off', error);
  });
  if (!frame) throw unavailable('the agent broke the stream off');
  const { data, stderr, end, eof } = frame;
  if (end) return { kind: 'end', end };
  if (eof) return { kind: 'eof' };
  if (data) return { kind: 'data', data: bounded(data) };
  if (stderr) return { kind: 'stderr', data: bounded(stderr) };
  throw new LongshoreError('invalid', 'a frame of the stream is neither data nor its end');
}

function bounded(data: Buffer): Buffer {
  if (data.byteLength <= MAX_FRAME_BYTES) return data;
  throw new LongshoreError('invalid', `a frame of the stream has more than ${MAX_FRAME_BYTES} bytes`);
}

async function sendInput(call: StreamCall, input: StreamInput, over: AbortSignal): Promise<void> {
  for (const frame of framesOf(input)) {
    if (call.writableNeedDrain) await drained(call, over);
    if (over.aborted) return;
    if (!call.write(frame)) await drained(call, over);
  }
}

function* framesOf(input: StreamInput): Generator<StreamFrame> {
  switch (input.kind) {
    case 'data':
      for (let offset = 0; offset < input.data.length; offset += MAX_FRAME_BYTES)
        yield { data: input.data.subarray(offset, offset + MAX_FRAME_BYTES) };
      return;
    case 'eof':
      return yield { eof: {} };
    case 'begin':
      return yield { begin: {} };
    case 'resize':
      return yield { resize: input.size };
    default:
      input satisfies never;
  }
}

const MAX_REFUSAL = 4096;

/** Undefined when the stream ended well. */
function refusalOf(end: StreamEnd__Output): LongshoreError | undefined {
  const message = end.message.slice(0, MAX_REFUSAL);
  switch (end.result) {
    case 'STREAM_RESULT_OK':
      return undefined;
    case 'STREAM_RESULT_NOT_FOUND':
      return new LongshoreError('not-found', message);
    case 'STREAM_RESULT_BAD_REQUEST':
      return new LongshoreError('invalid', message);
    default:
      return unavailable(message || 'the agent could not go on');
  }
}

export function cancelReason(signal: AbortSignal): LongshoreError {
  const { reason } = signal;
  return reason instanceof LongshoreError
    ? new LongshoreError('unavailable', reason.message, { cause: reason })
    : new LongshoreError('cancelled', 'the stream was cancelled', { cause: reason });
}

function unavailable(message: string, cause?: unknown): LongshoreError {
  return new LongshoreError('unavailable', message, { cause });
}
