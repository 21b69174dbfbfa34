// One byte stream with the controller: opened because the session asked for it, served by the stream host, each direction
// at the pace of its reader at the far end. It says `opened` first, then an empty data frame once the request is accepted,
// or `end` with the reason it is refused. Whichever side stops first, the other is cancelled.
import type { ClientDuplexStream } from '@grpc/grpc-js';
import { describeError, errorCode, LongshoreError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import { type PacedReader, readPaced } from '../../common/paced-read.ts';
import { drained } from '../../common/paced-write.ts';
import { type StreamInput, type StreamOutput, terminalSize } from '../../common/stream-message.ts';
import type { StreamFrame, StreamFrame__Output } from '../../proto/gen/longshore/v1/StreamFrame.ts';
import type { StreamResult } from '../../proto/gen/longshore/v1/StreamResult.ts';
import { MAX_FRAME_BYTES } from '../../proto/wire.ts';

export type StreamCall = ClientDuplexStream<StreamFrame, StreamFrame__Output>;

/** Resolves once the request is accepted; the output stops when the signal aborts. */
export type OpenSource = (
  input: AsyncIterable<StreamInput>,
  signal: AbortSignal,
) => Promise<AsyncIterable<StreamOutput>>;

export interface ServeContext {
  readonly signal: AbortSignal;
  /** Is told how many bytes have passed, either way. */
  readonly passed: (bytes: number) => void;
  readonly log: Log;
}

/** Resolves when the call has ended, however it did; never rejects. */
export async function serveStream(
  call: StreamCall,
  stream: { readonly streamId: string; readonly open: OpenSource },
  context: ServeContext,
): Promise<void> {
  const left = new AbortController();
  const ended = new Promise<void>((resolve) => {
    call.on('status', () => resolve());
    // The status says the same; without a listener it would be thrown.
    call.on('error', () => resolve());
  });
  void ended.then(() => left.abort());
  // Reading has to begin before anything is paused, or flow control is off for this call.
  const frames = readPaced<StreamFrame__Output>(call);
  const signal = AbortSignal.any([context.signal, left.signal]);
  signal.addEventListener('abort', () => frames.breakOff(signal.reason), { once: true });
  // Also when all is said and only the far end's status is missing: it may never come.
  const cancel = () => call.cancel();
  context.signal.addEventListener('abort', cancel, { once: true });
  if (context.signal.aborted) cancel();
  const write = (frame: StreamFrame) => {
    context.passed(frame.data?.length ?? frame.stderr?.length ?? 0);
    return writeFrame(call, frame, signal);
  };
  try {
    await write({ opened: { streamId: stream.streamId } });
    const output = await stream.open(inputOf(frames, context.passed), signal);
    await write({ data: Buffer.alloc(0) });
    await writeOutput(output, write, signal);
  } catch (error) {
    if (!signal.aborted) {
      const result = resultOf(error);
      if (result === 'STREAM_RESULT_INTERNAL')
        context.log.warn({ reason: describeError(error) }, 'stream failed');
      await write({ end: { result, message: describeError(error).slice(0, MAX_MESSAGE) } });
    }
  } finally {
    if (signal.aborted) call.cancel();
    else call.end();
    await ended;
    context.signal.removeEventListener('abort', cancel);
  }
}

const MAX_MESSAGE = 4096;

type Write = (frame: StreamFrame) => Promise<void>;

async function writeOutput(
  output: AsyncIterable<StreamOutput>,
  write: Write,
  signal: AbortSignal,
): Promise<void> {
  let exitCode: number | undefined;
  for await (const message of output) {
    switch (message.kind) {
      case 'data':
        for (const data of pieces(message.data)) await write({ data });
        break;
      case 'stderr':
        for (const stderr of pieces(message.data)) await write({ stderr });
        break;
      case 'eof':
        await write({ eof: {} });
        break;
      case 'exit':
        exitCode = message.code;
        break;
      default:
        message satisfies never;
    }
    if (signal.aborted) return;
  }
  await write({ end: { result: 'STREAM_RESULT_OK', ...(exitCode === undefined ? {} : { exitCode }) } });
}

function* pieces(data: Buffer): Generator<Buffer> {
  for (let offset = 0; offset < data.length; offset += MAX_FRAME_BYTES)
    yield data.subarray(offset, offset + MAX_FRAME_BYTES);
}

async function writeFrame(call: StreamCall, frame: StreamFrame, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  if (!call.write(frame)) await drained(call, signal);
}

/** Ends when the controller has gone; what is neither data nor known is passed over, for it may be newer than we are. */
async function* inputOf(
  frames: PacedReader<StreamFrame__Output>,
  passed: ServeContext['passed'],
): AsyncGenerator<StreamInput> {
  for (let frame = await frames.next(); frame; frame = await frames.next()) {
    const { data, eof, begin, resize } = frame;
    if (data && data.length > MAX_FRAME_BYTES) {
      throw new LongshoreError(
        'invalid',
        `the controller sent a frame of more than ${MAX_FRAME_BYTES} bytes`,
      );
    }
    if (data) {
      passed(data.length);
      yield { kind: 'data', data };
    } else if (eof) yield { kind: 'eof' };
    else if (begin) yield { kind: 'begin' };
    else if (resize) {
      const size = terminalSize(resize.width, resize.height);
      if (size) yield { kind: 'resize', size };
    }
  }
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
