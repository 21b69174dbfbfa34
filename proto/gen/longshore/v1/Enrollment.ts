// Original file: longshore/v1/enrollment.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { JoinRequest as _longshore_v1_JoinRequest, JoinRequest__Output as _longshore_v1_JoinRequest__Output } from '../../longshore/v1/JoinRequest.ts';
import type { JoinResponse as _longshore_v1_JoinResponse, JoinResponse__Output as _longshore_v1_JoinResponse__Output } from '../../longshore/v1/JoinResponse.ts';
import type { RenewRequest as _longshore_v1_RenewRequest, RenewRequest__Output as _longshore_v1_RenewRequest__Output } from '../../longshore/v1/RenewRequest.ts';
import type { RenewResponse as _longshore_v1_RenewResponse, RenewResponse__Output as _longshore_v1_RenewResponse__Output } from '../../longshore/v1/RenewResponse.ts';

export interface EnrollmentClient extends grpc.Client {
  /**
   * Server-authenticated TLS, the CA pinned by the hash in the join token. Idempotent per (token, key): the same
   * request after a lost reply returns the same identity.
   * Errors: UNAUTHENTICATED (unknown, expired or used token), INVALID_ARGUMENT (malformed request),
   * ALREADY_EXISTS (the name belongs to another machine), RESOURCE_EXHAUSTED (too many attempts; retry later).
   */
  Join(argument: _longshore_v1_JoinRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_JoinResponse__Output>): grpc.ClientUnaryCall;
  Join(argument: _longshore_v1_JoinRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_longshore_v1_JoinResponse__Output>): grpc.ClientUnaryCall;
  Join(argument: _longshore_v1_JoinRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_JoinResponse__Output>): grpc.ClientUnaryCall;
  Join(argument: _longshore_v1_JoinRequest, callback: grpc.requestCallback<_longshore_v1_JoinResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Server-authenticated TLS, the CA pinned by the hash in the join token. Idempotent per (token, key): the same
   * request after a lost reply returns the same identity.
   * Errors: UNAUTHENTICATED (unknown, expired or used token), INVALID_ARGUMENT (malformed request),
   * ALREADY_EXISTS (the name belongs to another machine), RESOURCE_EXHAUSTED (too many attempts; retry later).
   */
  join(argument: _longshore_v1_JoinRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_JoinResponse__Output>): grpc.ClientUnaryCall;
  join(argument: _longshore_v1_JoinRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_longshore_v1_JoinResponse__Output>): grpc.ClientUnaryCall;
  join(argument: _longshore_v1_JoinRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_JoinResponse__Output>): grpc.ClientUnaryCall;
  join(argument: _longshore_v1_JoinRequest, callback: grpc.requestCallback<_longshore_v1_JoinResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * A new certificate for the same identity and key. With the current certificate, or, where that has run out, over
   * server-authenticated TLS: the request itself proves that the machine holds the key.
   * Errors: UNAUTHENTICATED (no agent has this key).
   */
  Renew(argument: _longshore_v1_RenewRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_RenewResponse__Output>): grpc.ClientUnaryCall;
  Renew(argument: _longshore_v1_RenewRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_longshore_v1_RenewResponse__Output>): grpc.ClientUnaryCall;
  Renew(argument: _longshore_v1_RenewRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_RenewResponse__Output>): grpc.ClientUnaryCall;
  Renew(argument: _longshore_v1_RenewRequest, callback: grpc.requestCallback<_longshore_v1_RenewResponse__Output>): grpc.ClientUnaryCall;
  /**
   * A new certificate for the same identity and key. With the current certificate, or, where that has run out, over
   * server-authenticated TLS: the request itself proves that the machine holds the key.
   * Errors: UNAUTHENTICATED (no agent has this key).
   */
  renew(argument: _longshore_v1_RenewRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_RenewResponse__Output>): grpc.ClientUnaryCall;
  renew(argument: _longshore_v1_RenewRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_longshore_v1_RenewResponse__Output>): grpc.ClientUnaryCall;
  renew(argument: _longshore_v1_RenewRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_RenewResponse__Output>): grpc.ClientUnaryCall;
  renew(argument: _longshore_v1_RenewRequest, callback: grpc.requestCallback<_longshore_v1_RenewResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface EnrollmentHandlers extends grpc.UntypedServiceImplementation {
  /**
   * Server-authenticated TLS, the CA pinned by the hash in the join token. Idempotent per (token, key): the same
   * request after a lost reply returns the same identity.
   * Errors: UNAUTHENTICATED (unknown, expired or used token), INVALID_ARGUMENT (malformed request),
   * ALREADY_EXISTS (the name belongs to another machine), RESOURCE_EXHAUSTED (too many attempts; retry later).
   */
  Join: grpc.handleUnaryCall<_longshore_v1_JoinRequest__Output, _longshore_v1_JoinResponse>;
  
  /**
   * A new certificate for the same identity and key. With the current certificate, or, where that has run out, over
   * server-authenticated TLS: the request itself proves that the machine holds the key.
   * Errors: UNAUTHENTICATED (no agent has this key).
   */
  Renew: grpc.handleUnaryCall<_longshore_v1_RenewRequest__Output, _longshore_v1_RenewResponse>;
  
}

export interface EnrollmentDefinition extends grpc.ServiceDefinition {
  Join: MethodDefinition<_longshore_v1_JoinRequest, _longshore_v1_JoinResponse, _longshore_v1_JoinRequest__Output, _longshore_v1_JoinResponse__Output>
  Renew: MethodDefinition<_longshore_v1_RenewRequest, _longshore_v1_RenewResponse, _longshore_v1_RenewRequest__Output, _longshore_v1_RenewResponse__Output>
}
