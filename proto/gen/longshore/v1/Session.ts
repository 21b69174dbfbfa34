// Original file: longshore/v1/session.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { AgentMessage as _longshore_v1_AgentMessage, AgentMessage__Output as _longshore_v1_AgentMessage__Output } from '../../longshore/v1/AgentMessage.ts';
import type { ControllerMessage as _longshore_v1_ControllerMessage, ControllerMessage__Output as _longshore_v1_ControllerMessage__Output } from '../../longshore/v1/ControllerMessage.ts';

export interface SessionClient extends grpc.Client {
  /**
   * Mutual TLS; the certificate says which agent this is.
   * Errors: UNAUTHENTICATED (no or revoked certificate), FAILED_PRECONDITION (protocol version), UNAVAILABLE (not the
   * leader), INVALID_ARGUMENT (a message out of order or over its bounds), ABORTED (a newer session of the same agent
   * took over). None of them is a reason to stop a pod; Removed is, which comes before UNAUTHENTICATED.
   */
  Connect(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_longshore_v1_AgentMessage, _longshore_v1_ControllerMessage__Output>;
  Connect(options?: grpc.CallOptions): grpc.ClientDuplexStream<_longshore_v1_AgentMessage, _longshore_v1_ControllerMessage__Output>;
  /**
   * Mutual TLS; the certificate says which agent this is.
   * Errors: UNAUTHENTICATED (no or revoked certificate), FAILED_PRECONDITION (protocol version), UNAVAILABLE (not the
   * leader), INVALID_ARGUMENT (a message out of order or over its bounds), ABORTED (a newer session of the same agent
   * took over). None of them is a reason to stop a pod; Removed is, which comes before UNAUTHENTICATED.
   */
  connect(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_longshore_v1_AgentMessage, _longshore_v1_ControllerMessage__Output>;
  connect(options?: grpc.CallOptions): grpc.ClientDuplexStream<_longshore_v1_AgentMessage, _longshore_v1_ControllerMessage__Output>;
  
}

export interface SessionHandlers extends grpc.UntypedServiceImplementation {
  /**
   * Mutual TLS; the certificate says which agent this is.
   * Errors: UNAUTHENTICATED (no or revoked certificate), FAILED_PRECONDITION (protocol version), UNAVAILABLE (not the
   * leader), INVALID_ARGUMENT (a message out of order or over its bounds), ABORTED (a newer session of the same agent
   * took over). None of them is a reason to stop a pod; Removed is, which comes before UNAUTHENTICATED.
   */
  Connect: grpc.handleBidiStreamingCall<_longshore_v1_AgentMessage__Output, _longshore_v1_ControllerMessage>;
  
}

export interface SessionDefinition extends grpc.ServiceDefinition {
  Connect: MethodDefinition<_longshore_v1_AgentMessage, _longshore_v1_ControllerMessage, _longshore_v1_AgentMessage__Output, _longshore_v1_ControllerMessage__Output>
}
