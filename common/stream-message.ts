// What one byte stream between controller and agent carries, in either direction; which of them a request uses, streams.proto
// says.

/** From the controller, that is from a client of the kubelet API. */
export type StreamInput =
  | { readonly kind: 'data'; readonly data: Buffer }
  | { readonly kind: 'eof' }
  | { readonly kind: 'begin' }
  | { readonly kind: 'resize'; readonly size: TerminalSize };

/** From the agent. */
export type StreamOutput =
  | { readonly kind: 'data'; readonly data: Buffer }
  | { readonly kind: 'stderr'; readonly data: Buffer }
  | { readonly kind: 'eof' }
  /** The last of all: a command has ended by itself. */
  | { readonly kind: 'exit'; readonly code: number };

export interface TerminalSize {
  readonly width: number;
  readonly height: number;
}

/** Undefined for what is no size of a terminal; so is one without extent, which says that nothing is known. */
export function terminalSize(width: unknown, height: unknown): TerminalSize | undefined {
  return isExtent(width) && isExtent(height) ? { width, height } : undefined;
}

function isExtent(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 0xffff;
}

/** Of all words of a command together. */
const MAX_COMMAND_BYTES = 128 * 1024;

/** Why these words are no command that can be run; undefined when they are one. */
export function commandProblem(words: readonly string[]): string | undefined {
  if (words.length === 0) return 'you must specify a command';
  if (words.some((word) => word.includes('\0'))) return 'the words of a command hold no zero byte';
  const bytes = words.reduce((sum, word) => sum + Buffer.byteLength(word), 0);
  return bytes > MAX_COMMAND_BYTES
    ? `the command has ${bytes} bytes, and may have ${MAX_COMMAND_BYTES}: give a long script on stdin`
    : undefined;
}
