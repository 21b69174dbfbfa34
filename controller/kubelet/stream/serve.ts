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

/** Upgrades the connection and serves it; resolves when the client is gone. */
export type ServeStream = (upgrade: Upgrade) => Promise<void>;
