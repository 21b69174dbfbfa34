// One forwarded connection at its client's end, whatever the client speaks: what it sends, what it is sent, and how it is told
// that this has failed.

export interface ForwardedConnection {
  /** Of the pod. */
  readonly port: number;
  /** What the client sends; ends when it has no more. Fails when the connection breaks. */
  readonly input: AsyncIterable<Buffer>;
  /** Aborts when the client has given it up. */
  readonly closed: AbortSignal;
  /** Resolves when there is room for more. Does nothing once the client is gone. */
  write(data: Buffer): Promise<void>;
  /** The pod has no more to send; the client may go on. No failure can be told in words from now on. */
  endOutput(): Promise<void>;
  /** It is over; `failure` is told to the client while it can be, and breaks the connection. What the client still sends is dropped. */
  end(failure?: string): Promise<void>;
}

/** Resolves when it is over; never rejects. */
export type ServeConnection = (connection: ForwardedConnection) => Promise<void>;

const PORT = /^[0-9]{1,5}$/;

/** Undefined for what is no port. */
export function parsePort(text: string): number | undefined {
  const port = PORT.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : undefined;
}
