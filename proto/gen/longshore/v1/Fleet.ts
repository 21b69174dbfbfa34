// Original file: longshore/v1/fleet.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { CreateTokenRequest as _longshore_v1_CreateTokenRequest, CreateTokenRequest__Output as _longshore_v1_CreateTokenRequest__Output } from '../../longshore/v1/CreateTokenRequest.ts';
import type { CreateTokenResponse as _longshore_v1_CreateTokenResponse, CreateTokenResponse__Output as _longshore_v1_CreateTokenResponse__Output } from '../../longshore/v1/CreateTokenResponse.ts';
import type { FleetStatus as _longshore_v1_FleetStatus, FleetStatus__Output as _longshore_v1_FleetStatus__Output } from '../../longshore/v1/FleetStatus.ts';
import type { GetStatusRequest as _longshore_v1_GetStatusRequest, GetStatusRequest__Output as _longshore_v1_GetStatusRequest__Output } from '../../longshore/v1/GetStatusRequest.ts';
import type { ListAgentsRequest as _longshore_v1_ListAgentsRequest, ListAgentsRequest__Output as _longshore_v1_ListAgentsRequest__Output } from '../../longshore/v1/ListAgentsRequest.ts';
import type { ListAgentsResponse as _longshore_v1_ListAgentsResponse, ListAgentsResponse__Output as _longshore_v1_ListAgentsResponse__Output } from '../../longshore/v1/ListAgentsResponse.ts';
import type { ListPodsRequest as _longshore_v1_ListPodsRequest, ListPodsRequest__Output as _longshore_v1_ListPodsRequest__Output } from '../../longshore/v1/ListPodsRequest.ts';
import type { ListPodsResponse as _longshore_v1_ListPodsResponse, ListPodsResponse__Output as _longshore_v1_ListPodsResponse__Output } from '../../longshore/v1/ListPodsResponse.ts';

export interface FleetClient extends grpc.Client {
  CreateToken(argument: _longshore_v1_CreateTokenRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  CreateToken(argument: _longshore_v1_CreateTokenRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_longshore_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  CreateToken(argument: _longshore_v1_CreateTokenRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  CreateToken(argument: _longshore_v1_CreateTokenRequest, callback: grpc.requestCallback<_longshore_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  createToken(argument: _longshore_v1_CreateTokenRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  createToken(argument: _longshore_v1_CreateTokenRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_longshore_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  createToken(argument: _longshore_v1_CreateTokenRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  createToken(argument: _longshore_v1_CreateTokenRequest, callback: grpc.requestCallback<_longshore_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  
  GetStatus(argument: _longshore_v1_GetStatusRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_FleetStatus__Output>): grpc.ClientUnaryCall;
  GetStatus(argument: _longshore_v1_GetStatusRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_longshore_v1_FleetStatus__Output>): grpc.ClientUnaryCall;
  GetStatus(argument: _longshore_v1_GetStatusRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_FleetStatus__Output>): grpc.ClientUnaryCall;
  GetStatus(argument: _longshore_v1_GetStatusRequest, callback: grpc.requestCallback<_longshore_v1_FleetStatus__Output>): grpc.ClientUnaryCall;
  getStatus(argument: _longshore_v1_GetStatusRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_FleetStatus__Output>): grpc.ClientUnaryCall;
  getStatus(argument: _longshore_v1_GetStatusRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_longshore_v1_FleetStatus__Output>): grpc.ClientUnaryCall;
  getStatus(argument: _longshore_v1_GetStatusRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_FleetStatus__Output>): grpc.ClientUnaryCall;
  getStatus(argument: _longshore_v1_GetStatusRequest, callback: grpc.requestCallback<_longshore_v1_FleetStatus__Output>): grpc.ClientUnaryCall;
  
  ListAgents(argument: _longshore_v1_ListAgentsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_ListAgentsResponse__Output>): grpc.ClientUnaryCall;
  ListAgents(argument: _longshore_v1_ListAgentsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_longshore_v1_ListAgentsResponse__Output>): grpc.ClientUnaryCall;
  ListAgents(argument: _longshore_v1_ListAgentsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_ListAgentsResponse__Output>): grpc.ClientUnaryCall;
  ListAgents(argument: _longshore_v1_ListAgentsRequest, callback: grpc.requestCallback<_longshore_v1_ListAgentsResponse__Output>): grpc.ClientUnaryCall;
  listAgents(argument: _longshore_v1_ListAgentsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_ListAgentsResponse__Output>): grpc.ClientUnaryCall;
  listAgents(argument: _longshore_v1_ListAgentsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_longshore_v1_ListAgentsResponse__Output>): grpc.ClientUnaryCall;
  listAgents(argument: _longshore_v1_ListAgentsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_ListAgentsResponse__Output>): grpc.ClientUnaryCall;
  listAgents(argument: _longshore_v1_ListAgentsRequest, callback: grpc.requestCallback<_longshore_v1_ListAgentsResponse__Output>): grpc.ClientUnaryCall;
  
  ListPods(argument: _longshore_v1_ListPodsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_ListPodsResponse__Output>): grpc.ClientUnaryCall;
  ListPods(argument: _longshore_v1_ListPodsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_longshore_v1_ListPodsResponse__Output>): grpc.ClientUnaryCall;
  ListPods(argument: _longshore_v1_ListPodsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_ListPodsResponse__Output>): grpc.ClientUnaryCall;
  ListPods(argument: _longshore_v1_ListPodsRequest, callback: grpc.requestCallback<_longshore_v1_ListPodsResponse__Output>): grpc.ClientUnaryCall;
  listPods(argument: _longshore_v1_ListPodsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_ListPodsResponse__Output>): grpc.ClientUnaryCall;
  listPods(argument: _longshore_v1_ListPodsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_longshore_v1_ListPodsResponse__Output>): grpc.ClientUnaryCall;
  listPods(argument: _longshore_v1_ListPodsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_ListPodsResponse__Output>): grpc.ClientUnaryCall;
  listPods(argument: _longshore_v1_ListPodsRequest, callback: grpc.requestCallback<_longshore_v1_ListPodsResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface FleetHandlers extends grpc.UntypedServiceImplementation {
  CreateToken: grpc.handleUnaryCall<_longshore_v1_CreateTokenRequest__Output, _longshore_v1_CreateTokenResponse>;
  
  GetStatus: grpc.handleUnaryCall<_longshore_v1_GetStatusRequest__Output, _longshore_v1_FleetStatus>;
  
  ListAgents: grpc.handleUnaryCall<_longshore_v1_ListAgentsRequest__Output, _longshore_v1_ListAgentsResponse>;
  
  ListPods: grpc.handleUnaryCall<_longshore_v1_ListPodsRequest__Output, _longshore_v1_ListPodsResponse>;
  
}

export interface FleetDefinition extends grpc.ServiceDefinition {
  CreateToken: MethodDefinition<_longshore_v1_CreateTokenRequest, _longshore_v1_CreateTokenResponse, _longshore_v1_CreateTokenRequest__Output, _longshore_v1_CreateTokenResponse__Output>
  GetStatus: MethodDefinition<_longshore_v1_GetStatusRequest, _longshore_v1_FleetStatus, _longshore_v1_GetStatusRequest__Output, _longshore_v1_FleetStatus__Output>
  ListAgents: MethodDefinition<_longshore_v1_ListAgentsRequest, _longshore_v1_ListAgentsResponse, _longshore_v1_ListAgentsRequest__Output, _longshore_v1_ListAgentsResponse__Output>
  ListPods: MethodDefinition<_longshore_v1_ListPodsRequest, _longshore_v1_ListPodsResponse, _longshore_v1_ListPodsRequest__Output, _longshore_v1_ListPodsResponse__Output>
}
