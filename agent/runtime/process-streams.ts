// What exec and attach have in common: one hijacked connection of Docker's to the streams of a process in a container,
// each way at the pace of whoever is slower. Its one half can be closed while the other goes on.
import type { Duplex } from 'node:stream';
import { drained } from '../../common/paced-write.ts';
import type { StreamInput, StreamOutput, TerminalSize } from '../../common/stream-message.ts';
import { demultiplex } from './demux.ts';

/**
 * Docker lets go of a terminal's client who types the keys for it, and holds back each key that may be one of them: by
 * default Ctrl-P, which shells need. A kubelet knows no such keys; these are typed by nobody.
 */
export const NO_DETACH_KEYS = Array(16).fill('ctrl-^').join(',');

/** What comes before the beginning is the terminal's size at most, which comes again. False: the client is gone. */
export async function begun(messages: AsyncIterator<StreamInput>): Promise<boolean> {
  for (;;) {
    const next = await messages.next();
    if (next.done) return false;
    if (next.value.kind === 'begin') return true;
  }
}

export interface Fed {
  readonly socket: Duplex;
  readonly resize: (size: TerminalSize) => void;
  readonly stdin: boolean;
  /** What its end does. */
  readonly endStdin: () => void;
  readonly signal: AbortSignal;
}

/** Ends with the input: at the latest when the stream is over. */
export async function feed(messages: AsyncIterator<StreamInput>, fed: Fed): Promise<void> {
  const { socket, resize, stdin, endStdin, signal } = fed;
  for (let next = await messages.next(); !next.done; next = await messages.next()) {
    const message = next.value;
    if (message.kind === 'resize') resize(message.size);
    else if (!stdin) continue;
    else if (message.kind === 'eof') endStdin();
    else if (message.kind === 'data' && socket.writable) {
      if (!socket.write(message.data)) await drained(socket, signal);
    }
  }
}

/** A connection for which nobody waits any more. */
export function hangUpLate(socket: Duplex): void {
  socket.on('error', () => {});
  socket.destroy();
}

/** A terminal has one output, and Docker gives it as it is. */
export async function* outputOf(socket: Duplex, tty: boolean): AsyncGenerator<StreamOutput> {
  if (tty) {
    for await (const data of socket) yield { kind: 'data', data };
    return;
  }
  for await (const { channel, data } of demultiplex(socket)) {
    yield { kind: channel === 'stderr' ? 'stderr' : 'data', data };
  }
}
