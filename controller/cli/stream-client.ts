// The client's end of what a kubelet streams: where it goes, as whom, and what comes of it.
import type { ConnectionOptions } from 'node:tls';

export type Transport = 'SPDY' | 'WebSocket';

/** A server and who we are to it; never logged. */
export interface Endpoint {
  /** Such as `https://10.0.0.1:6443`. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: EndpointTls;
}

export type EndpointTls = Pick<
  ConnectionOptions,
  | 'ca'
  | 'cert'
  | 'key'
  | 'pfx'
  | 'passphrase'
  | 'servername'
  | 'rejectUnauthorized'
  | 'secureContext'
  | 'allowPartialTrustChain'
  | 'checkServerIdentity'
>;

/** One way through one server. */
export interface StreamRoute {
  readonly endpoint: Endpoint;
  /** With its query. */
  readonly path: string;
  readonly transport: Transport;
}

/** How a command ended: a Status object. */
export interface CommandStatus {
  readonly status?: string;
  readonly reason?: string;
  readonly message?: string;
}

/** Each rejects with a LongshoreError when it has not come to that within the time. */
export interface FollowedLog extends Disposable {
  /** Resolves when a line with these words has come. */
  line(words: string, ms: number): Promise<void>;
  /** Resolves when it has ended, and was not cut off. */
  end(ms: number): Promise<void>;
}

/**
 * Each rejects with a LongshoreError that says what the server answered, or that nothing came of it before the signal
 * aborted; none leaves a connection behind.
 */
export interface StreamClient {
  /** Resolves when the log has begun; it goes on until it is disposed of. */
  followLog(route: Omit<StreamRoute, 'transport'>, signal: AbortSignal): Promise<FollowedLog>;
  /** Runs a command without input to its end. */
  exec(route: StreamRoute, signal: AbortSignal): Promise<CommandStatus>;
  /** Joins a terminal, types these keys, and resolves when these words are seen on it. */
  attach(
    route: StreamRoute,
    keys: { readonly type: string; readonly see: string },
    signal: AbortSignal,
  ): Promise<void>;
  /** Connects to a port of a pod on which nothing listens; resolves with what is said of that. */
  forward(route: StreamRoute, port: number, signal: AbortSignal): Promise<string>;
}
