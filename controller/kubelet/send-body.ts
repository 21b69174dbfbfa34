// Long bodies at the reader's pace: the next chunk is asked for only when the socket has taken the last.
import type { ServerResponse } from 'node:http';
import { drained } from '../../common/paced-write.ts';

/** Ends the response after the last chunk. Rejects when the source fails or the signal aborts; the caller cuts the connection. */
export async function sendBody(
  response: ServerResponse,
  chunks: AsyncIterable<Buffer | string> | Iterable<string>,
  signal: AbortSignal,
): Promise<void> {
  for await (const chunk of chunks) {
    if (!response.write(chunk)) await drained(response, signal);
    signal.throwIfAborted();
  }
  response.end();
}
