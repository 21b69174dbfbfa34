// Long bodies at the reader's pace: the next chunk is asked for only when the socket has taken the last.
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

/** Ends the response after the last chunk. Rejects when the source fails or the signal aborts; the caller cuts the connection. */
export async function sendBody(
  response: ServerResponse,
  chunks: AsyncIterable<Buffer | string> | Iterable<string>,
  signal: AbortSignal,
): Promise<void> {
  for await (const chunk of chunks) {
    signal.throwIfAborted();
    if (!response.write(chunk)) await once(response, 'drain', { signal });
  }
  response.end();
}
