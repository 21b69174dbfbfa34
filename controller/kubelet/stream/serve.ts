// A request for a stream in its two parts: before the connection is upgraded, when it can still be refused in HTTP, and
// after.
import type { IncomingMessage } from 'node:http';
import type { Upgrade } from './upgrade.ts';

export interface StreamRequest {
  readonly request: IncomingMessage;
  readonly query: URLSearchParams;
  /** Aborts when the client is gone. */
  readonly signal: AbortSignal;
}

/**
 * A client that has been told the end of all leaves, and comes to that late when it reads slowly. As long as a connection may be
 * idle; one that sends pings never is.
 */
export const LEAVE_WITHIN_MS = 4 * 3_600_000;

/** For a client that has heard all there is to hear, to close its end. */
export const CLOSE_WITHIN_MS = 30_000;

/** Upgrades the connection and serves it; resolves when the client is gone. */
export type ServeStream = (upgrade: Upgrade) => Promise<void>;
