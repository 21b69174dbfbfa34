// How Docker is asked: what it refuses, and that it is away, become one kind of error; what is harmless becomes nothing.
import { EngineError } from './engine.ts';

/** Undefined when there is no such thing. */
export async function optional<T>(ask: () => Promise<T>): Promise<T | undefined> {
  return asked(ask, [404]);
}

export async function asked<T>(ask: () => Promise<T>): Promise<T>;
/** `harmless`: the status codes of answers that mean that there is nothing to do. */
export async function asked<T>(ask: () => Promise<T>, harmless: readonly number[]): Promise<T | undefined>;
export async function asked<T>(
  ask: () => Promise<T>,
  harmless: readonly number[] = [],
): Promise<T | undefined> {
  try {
    return await ask();
  } catch (cause) {
    const { statusCode } = cause as { statusCode?: number };
    if (statusCode !== undefined && harmless.includes(statusCode)) return undefined;
    throw engineError(cause, statusCode);
  }
}

function engineError(cause: unknown, statusCode: number | undefined): EngineError {
  const text = cause instanceof Error ? cause.message : String(cause);
  if (statusCode === undefined || statusCode === 503) {
    return new EngineError('unavailable', `cannot ask Docker (${text}); is it running?`, { cause });
  }
  const said = dockerMessage(cause);
  const kind = statusCode === 409 ? 'conflict' : 'refused';
  // The cause would say the same again, with the HTTP around it.
  return said === undefined ? new EngineError(kind, text, { cause }) : new EngineError(kind, said);
}

/** Docker's own words, without the HTTP around them. */
function dockerMessage(cause: unknown): string | undefined {
  const { message } = (cause as { json?: { message?: unknown } }).json ?? {};
  return typeof message === 'string' ? message.trim() : undefined;
}
