// Docker’s long answers, straight from the socket, at their readers’ pace. All are read into the same memory, one read at a
// time; what a reader leaves is kept for it, up to a bound at which its connection is read no further.
import { connect } from 'node:net';
import { LongshoreError } from '../../common/errors.ts';
import { type OnDockerCall, operationOf } from './docker-calls.ts';
import { createAnswerReader } from './http-answer.ts';
import { KeptBytes } from './kept-bytes.ts';

export interface DockerAnswer extends AsyncIterable<Buffer> {
  readonly status: number;
  /** Resolves when no more is kept for the reader, or no more comes. */
  filled(): Promise<void>;
  /** Idempotent. */
  destroy(): void;
}

/** Resolves once the answer begins, whatever its status. Aborting breaks it off at any time. */
export type AskDocker = (path: string, signal: AbortSignal) => Promise<DockerAnswer>;

const READ_BYTES = 64 * 1024;
const KEPT_BYTES = 48 * 1024;

export function createDockerAnswers(socketPath: string, told: OnDockerCall): AskDocker {
  const memory = Buffer.allocUnsafeSlow(READ_BYTES);
  return (path, signal) => {
    const sinceMs = performance.now();
    const operation = operationOf({ path, method: 'GET' });
    const tell = (result: 'ok' | 'refused' | 'failed') =>
      told({ operation, result, durationMs: performance.now() - sinceMs });
    const asked = ask({ socketPath, path, memory, signal });
    asked.then(
      ({ status }) => tell(status < 400 ? 'ok' : 'refused'),
      () => tell('failed'),
    );
    return asked;
  };
}

interface Question {
  readonly socketPath: string;
  readonly path: string;
  readonly memory: Buffer;
  readonly signal: AbortSignal;
}

function ask({ socketPath, path, memory, signal }: Question): Promise<DockerAnswer> {
  const begun = Promise.withResolvers<DockerAnswer>();
  const reader = createAnswerReader();
  const kept = new KeptBytes();
  const end = (error?: unknown) => {
    kept.end(error);
    // Does nothing once it has begun.
    begun.reject(error);
  };
  /** False: enough is kept. */
  const callback = (count: number): boolean => {
    const bytes = memory.subarray(0, count);
    try {
      kept.add(bytes.subarray(0, reader.read(bytes)));
    } catch (error) {
      end(error);
      socket.destroy();
    }
    if (reader.status !== undefined) begun.resolve(answer(reader.status));
    return kept.length < KEPT_BYTES;
  };
  const socket = connect({ path: socketPath, signal, onread: { buffer: memory, callback } });
  const answer = (status: number): DockerAnswer => ({
    status,
    filled: () => kept.reached(KEPT_BYTES),
    destroy: () => void socket.destroy(),
    async *[Symbol.asyncIterator]() {
      for (let bytes = await kept.take(); bytes; bytes = await kept.take()) {
        if (kept.length < KEPT_BYTES) socket.resume();
        yield bytes;
      }
    },
  });
  socket.on('error', end);
  socket.on('close', () => end(reader.isWhole ? undefined : brokenOff()));
  socket.write(`GET ${path} HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n`);
  return begun.promise;
}

function brokenOff(): LongshoreError {
  return new LongshoreError('unavailable', 'Docker broke its answer off');
}
