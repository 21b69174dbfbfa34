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
