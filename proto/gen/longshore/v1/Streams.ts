// Original file: longshore/v1/streams.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { StreamFrame as _longshore_v1_StreamFrame, StreamFrame__Output as _longshore_v1_StreamFrame__Output } from '../../longshore/v1/StreamFrame.ts';

export interface StreamsClient extends grpc.Client {
  /**
   * Mutual TLS. The agent's first frame is `opened`. The next is an empty `data`, which says that the request is
   * accepted, or `end`, which refuses it. `end` closes the stream from the agent's side, whatever it carried.
   * logs, stats, agent_log: the agent sends `data`.
   * pull_image: the agent sends `data`, lines of JSON: {"doneBytes": 1, "totalBytes": 2} of what is to be loaded as far as
   * that is known by now, a few each second at most; at last {"sizeBytes": 3, "wasHere": false}.
   * exec, attach: nothing runs, or is joined, before the controller's `begin`. Then it sends `data` for stdin, `eof` when
   * stdin has ended, and `resize`; the agent sends `data` for stdout and `stderr`, and `end`, of exec with the exit code.
   * port_forward: accepted once the connection is made. Both send `data`, and `eof` when they have no more; the agent
   * sends `end` when both have.
   * Either side cancels by cancelling the call; the controller says so in the session (CloseStream) too, because what it
   * has written may keep its cancellation from being seen. Frames hold at most 256 KiB.
   * Errors: NOT_FOUND (nobody waits for this stream id any more).
   */
  Open(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_longshore_v1_StreamFrame, _longshore_v1_StreamFrame__Output>;
  Open(options?: grpc.CallOptions): grpc.ClientDuplexStream<_longshore_v1_StreamFrame, _longshore_v1_StreamFrame__Output>;
  /**
   * Mutual TLS. The agent's first frame is `opened`. The next is an empty `data`, which says that the request is
   * accepted, or `end`, which refuses it. `end` closes the stream from the agent's side, whatever it carried.
   * logs, stats, agent_log: the agent sends `data`.
   * pull_image: the agent sends `data`, lines of JSON: {"doneBytes": 1, "totalBytes": 2} of what is to be loaded as far as
   * that is known by now, a few each second at most; at last {"sizeBytes": 3, "wasHere": false}.
   * exec, attach: nothing runs, or is joined, before the controller's `begin`. Then it sends `data` for stdin, `eof` when
   * stdin has ended, and `resize`; the agent sends `data` for stdout and `stderr`, and `end`, of exec with the exit code.
   * port_forward: accepted once the connection is made. Both send `data`, and `eof` when they have no more; the agent
   * sends `end` when both have.
   * Either side cancels by cancelling the call; the controller says so in the session (CloseStream) too, because what it
   * has written may keep its cancellation from being seen. Frames hold at most 256 KiB.
   * Errors: NOT_FOUND (nobody waits for this stream id any more).
   */
  open(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_longshore_v1_StreamFrame, _longshore_v1_StreamFrame__Output>;
  open(options?: grpc.CallOptions): grpc.ClientDuplexStream<_longshore_v1_StreamFrame, _longshore_v1_StreamFrame__Output>;
  
}

export interface StreamsHandlers extends grpc.UntypedServiceImplementation {
  /**
   * Mutual TLS. The agent's first frame is `opened`. The next is an empty `data`, which says that the request is
   * accepted, or `end`, which refuses it. `end` closes the stream from the agent's side, whatever it carried.
   * logs, stats, agent_log: the agent sends `data`.
   * pull_image: the agent sends `data`, lines of JSON: {"doneBytes": 1, "totalBytes": 2} of what is to be loaded as far as
   * that is known by now, a few each second at most; at last {"sizeBytes": 3, "wasHere": false}.
   * exec, attach: nothing runs, or is joined, before the controller's `begin`. Then it sends `data` for stdin, `eof` when
   * stdin has ended, and `resize`; the agent sends `data` for stdout and `stderr`, and `end`, of exec with the exit code.
   * port_forward: accepted once the connection is made. Both send `data`, and `eof` when they have no more; the agent
   * sends `end` when both have.
   * Either side cancels by cancelling the call; the controller says so in the session (CloseStream) too, because what it
   * has written may keep its cancellation from being seen. Frames hold at most 256 KiB.
   * Errors: NOT_FOUND (nobody waits for this stream id any more).
   */
  Open: grpc.handleBidiStreamingCall<_longshore_v1_StreamFrame__Output, _longshore_v1_StreamFrame>;
  
}

export interface StreamsDefinition extends grpc.ServiceDefinition {
  Open: MethodDefinition<_longshore_v1_StreamFrame, _longshore_v1_StreamFrame, _longshore_v1_StreamFrame__Output, _longshore_v1_StreamFrame__Output>
}
