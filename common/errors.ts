// The one error type that crosses our rooms: a closed code, a sentence for people, the cause kept.

export type ErrorCode =
  /** The caller gave something malformed: a flag, a file, a message. */
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'already-exists'
  /** Someone else changed it first; read again and retry. */
  | 'conflict'
  /** The thing is not in a state that allows this. */
  | 'precondition'
  /** Too large, too many, too fast. */
  | 'exhausted'
  /** The other side cannot be reached or does not answer; retry later. */
  | 'unavailable'
  | 'cancelled'
  /** A defect of ours. */
  | 'internal';

export class LongshoreError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'LongshoreError';
    this.code = code;
  }
}

/** The error's code, or `internal` for whatever did not come from us. */
export function errorCode(error: unknown): ErrorCode {
  return error instanceof LongshoreError ? error.code : 'internal';
}

/** One line for people: the messages of the error and its causes, each said once. */
export function describeError(error: unknown): string {
  const parts: string[] = [];
  let current: unknown = error;
  for (let depth = 0; depth < 8 && current !== undefined && current !== null; depth++) {
    const text = current instanceof Error ? current.message || current.name : String(current);
    if (!parts.some((part) => part.includes(text))) parts.push(text);
    current = current instanceof Error ? current.cause : undefined;
  }
  return parts.join(': ').replaceAll(/\s*\n\s*/g, ' ');
}

export function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || errorCode(error) === 'cancelled');
}
