// The client of exec or attach, whatever it speaks: which streams it has asked for, and what can be done with them.
import type { TerminalSize } from '../../../common/stream-message.ts';
import type { CommandEnding } from './command-status.ts';

export interface CommandStreams {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

export interface CommandClient {
  /** Ends when the client has no more; empty when it gives none. Fails when the connection breaks. */
  readonly stdin: AsyncIterable<Buffer>;
  readonly sizes: AsyncIterable<TerminalSize>;
  /** Each resolves when there is room for more, and does nothing when the client has not asked for it or is gone. */
  stdout(data: Buffer): Promise<void>;
  stderr(data: Buffer): Promise<void>;
  /** Tells the ending after all that was written, and closes. Resolves when the client is gone. */
  end(ending: CommandEnding): Promise<void>;
}

/** Of what a client has sent and nobody has read; beyond it, its connection is read no further. */
export const MAX_HELD_INPUT_BYTES = 256 * 1024;

/** The query of exec and attach. Undefined when it asks for no stream at all; a terminal has no stderr of its own. */
export function parseCommandStreams(query: URLSearchParams): CommandStreams | undefined {
  const asked = (name: string) => query.get(name) === '1';
  const tty = asked('tty');
  const streams = { stdin: asked('input'), stdout: asked('output'), stderr: asked('error') && !tty, tty };
  return streams.stdin || streams.stdout || streams.stderr ? streams : undefined;
}
