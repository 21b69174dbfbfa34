// What the agent and its dialling helper say to each other: a port to connect to, and what came of it. The connection itself
// travels beside the answer, as an open socket.

/** The dialling helper's command line; `main.ts` then calls `runDialHelper`. */
export const NETWORK_DIAL = '--network-dial';

export interface DialRequest {
  readonly id: number;
  readonly port: number;
}

export interface DialAnswer {
  readonly id: number;
  /** Of each address that was tried, in vain. */
  readonly failures: readonly DialFailure[];
}

export interface DialFailure {
  readonly host: string;
  /** As Node.js names it, such as ECONNREFUSED. */
  readonly code: string;
}
