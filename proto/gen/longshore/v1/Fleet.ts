// Original file: longshore/v1/fleet.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { AgentDetails as _longshore_v1_AgentDetails, AgentDetails__Output as _longshore_v1_AgentDetails__Output } from '../../longshore/v1/AgentDetails.ts';
import type { AgentLogChunk as _longshore_v1_AgentLogChunk, AgentLogChunk__Output as _longshore_v1_AgentLogChunk__Output } from '../../longshore/v1/AgentLogChunk.ts';
import type { AgentsChange as _longshore_v1_AgentsChange, AgentsChange__Output as _longshore_v1_AgentsChange__Output } from '../../longshore/v1/AgentsChange.ts';
import type { CreateTokenRequest as _longshore_v1_CreateTokenRequest, CreateTokenRequest__Output as _longshore_v1_CreateTokenRequest__Output } from '../../longshore/v1/CreateTokenRequest.ts';
import type { CreateTokenResponse as _longshore_v1_CreateTokenResponse, CreateTokenResponse__Output as _longshore_v1_CreateTokenResponse__Output } from '../../longshore/v1/CreateTokenResponse.ts';
import type { DiagnoseRequest as _longshore_v1_DiagnoseRequest, DiagnoseRequest__Output as _longshore_v1_DiagnoseRequest__Output } from '../../longshore/v1/DiagnoseRequest.ts';
import type { Diagnosis as _longshore_v1_Diagnosis, Diagnosis__Output as _longshore_v1_Diagnosis__Output } from '../../longshore/v1/Diagnosis.ts';
import type { ExplainPodRequest as _longshore_v1_ExplainPodRequest, ExplainPodRequest__Output as _longshore_v1_ExplainPodRequest__Output } from '../../longshore/v1/ExplainPodRequest.ts';
import type { FleetStatus as _longshore_v1_FleetStatus, FleetStatus__Output as _longshore_v1_FleetStatus__Output } from '../../longshore/v1/FleetStatus.ts';
import type { GetAgentRequest as _longshore_v1_GetAgentRequest, GetAgentRequest__Output as _longshore_v1_GetAgentRequest__Output } from '../../longshore/v1/GetAgentRequest.ts';
import type { GetStatusRequest as _longshore_v1_GetStatusRequest, GetStatusRequest__Output as _longshore_v1_GetStatusRequest__Output } from '../../longshore/v1/GetStatusRequest.ts';
import type { ImagePulls as _longshore_v1_ImagePulls, ImagePulls__Output as _longshore_v1_ImagePulls__Output } from '../../longshore/v1/ImagePulls.ts';
import type { ListAgentsRequest as _longshore_v1_ListAgentsRequest, ListAgentsRequest__Output as _longshore_v1_ListAgentsRequest__Output } from '../../longshore/v1/ListAgentsRequest.ts';
import type { ListAgentsResponse as _longshore_v1_ListAgentsResponse, ListAgentsResponse__Output as _longshore_v1_ListAgentsResponse__Output } from '../../longshore/v1/ListAgentsResponse.ts';
import type { ListImagesRequest as _longshore_v1_ListImagesRequest, ListImagesRequest__Output as _longshore_v1_ListImagesRequest__Output } from '../../longshore/v1/ListImagesRequest.ts';
import type { ListImagesResponse as _longshore_v1_ListImagesResponse, ListImagesResponse__Output as _longshore_v1_ListImagesResponse__Output } from '../../longshore/v1/ListImagesResponse.ts';
import type { ListPodsRequest as _longshore_v1_ListPodsRequest, ListPodsRequest__Output as _longshore_v1_ListPodsRequest__Output } from '../../longshore/v1/ListPodsRequest.ts';
import type { ListPodsResponse as _longshore_v1_ListPodsResponse, ListPodsResponse__Output as _longshore_v1_ListPodsResponse__Output } from '../../longshore/v1/ListPodsResponse.ts';
import type { PinImageRequest as _longshore_v1_PinImageRequest, PinImageRequest__Output as _longshore_v1_PinImageRequest__Output } from '../../longshore/v1/PinImageRequest.ts';
import type { PinImageResponse as _longshore_v1_PinImageResponse, PinImageResponse__Output as _longshore_v1_PinImageResponse__Output } from '../../longshore/v1/PinImageResponse.ts';
import type { PodExplanation as _longshore_v1_PodExplanation, PodExplanation__Output as _longshore_v1_PodExplanation__Output } from '../../longshore/v1/PodExplanation.ts';
import type { PodsChange as _longshore_v1_PodsChange, PodsChange__Output as _longshore_v1_PodsChange__Output } from '../../longshore/v1/PodsChange.ts';
import type { PullImageRequest as _longshore_v1_PullImageRequest, PullImageRequest__Output as _longshore_v1_PullImageRequest__Output } from '../../longshore/v1/PullImageRequest.ts';
import type { ReadAgentLogRequest as _longshore_v1_ReadAgentLogRequest, ReadAgentLogRequest__Output as _longshore_v1_ReadAgentLogRequest__Output } from '../../longshore/v1/ReadAgentLogRequest.ts';
import type { RemoveAgentRequest as _longshore_v1_RemoveAgentRequest, RemoveAgentRequest__Output as _longshore_v1_RemoveAgentRequest__Output } from '../../longshore/v1/RemoveAgentRequest.ts';
import type { RemoveAgentResponse as _longshore_v1_RemoveAgentResponse, RemoveAgentResponse__Output as _longshore_v1_RemoveAgentResponse__Output } from '../../longshore/v1/RemoveAgentResponse.ts';
import type { UpdateAgentRequest as _longshore_v1_UpdateAgentRequest, UpdateAgentRequest__Output as _longshore_v1_UpdateAgentRequest__Output } from '../../longshore/v1/UpdateAgentRequest.ts';
import type { UpdateAgentResponse as _longshore_v1_UpdateAgentResponse, UpdateAgentResponse__Output as _longshore_v1_UpdateAgentResponse__Output } from '../../longshore/v1/UpdateAgentResponse.ts';

export interface FleetClient extends grpc.Client {
  CreateToken(argument: _longshore_v1_CreateTokenRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  CreateToken(argument: _longshore_v1_CreateTokenRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_longshore_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  CreateToken(argument: _longshore_v1_CreateTokenRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  CreateToken(argument: _longshore_v1_CreateTokenRequest, callback: grpc.requestCallback<_longshore_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  createToken(argument: _longshore_v1_CreateTokenRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  createToken(argument: _longshore_v1_CreateTokenRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_longshore_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  createToken(argument: _longshore_v1_CreateTokenRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  createToken(argument: _longshore_v1_CreateTokenRequest, callback: grpc.requestCallback<_longshore_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * What the controller finds out about itself, its rights at the API server and its agents.
   */
  Diagnose(argument: _longshore_v1_DiagnoseRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_Diagnosis__Output>): grpc.ClientUnaryCall;
  Diagnose(argument: _longshore_v1_DiagnoseRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_longshore_v1_Diagnosis__Output>): grpc.ClientUnaryCall;
  Diagnose(argument: _longshore_v1_DiagnoseRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_Diagnosis__Output>): grpc.ClientUnaryCall;
  Diagnose(argument: _longshore_v1_DiagnoseRequest, callback: grpc.requestCallback<_longshore_v1_Diagnosis__Output>): grpc.ClientUnaryCall;
  /**
   * What the controller finds out about itself, its rights at the API server and its agents.
   */
  diagnose(argument: _longshore_v1_DiagnoseRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_Diagnosis__Output>): grpc.ClientUnaryCall;
  diagnose(argument: _longshore_v1_DiagnoseRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_longshore_v1_Diagnosis__Output>): grpc.ClientUnaryCall;
  diagnose(argument: _longshore_v1_DiagnoseRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_Diagnosis__Output>): grpc.ClientUnaryCall;
  diagnose(argument: _longshore_v1_DiagnoseRequest, callback: grpc.requestCallback<_longshore_v1_Diagnosis__Output>): grpc.ClientUnaryCall;
  
  /**
   * NOT_FOUND: no pod of this name is bound to a node of this controller.
   */
  ExplainPod(argument: _longshore_v1_ExplainPodRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_PodExplanation__Output>): grpc.ClientUnaryCall;
  ExplainPod(argument: _longshore_v1_ExplainPodRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_longshore_v1_PodExplanation__Output>): grpc.ClientUnaryCall;
  ExplainPod(argument: _longshore_v1_ExplainPodRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_PodExplanation__Output>): grpc.ClientUnaryCall;
  ExplainPod(argument: _longshore_v1_ExplainPodRequest, callback: grpc.requestCallback<_longshore_v1_PodExplanation__Output>): grpc.ClientUnaryCall;
  /**
   * NOT_FOUND: no pod of this name is bound to a node of this controller.
   */
  explainPod(argument: _longshore_v1_ExplainPodRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_PodExplanation__Output>): grpc.ClientUnaryCall;
  explainPod(argument: _longshore_v1_ExplainPodRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_longshore_v1_PodExplanation__Output>): grpc.ClientUnaryCall;
  explainPod(argument: _longshore_v1_ExplainPodRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_PodExplanation__Output>): grpc.ClientUnaryCall;
  explainPod(argument: _longshore_v1_ExplainPodRequest, callback: grpc.requestCallback<_longshore_v1_PodExplanation__Output>): grpc.ClientUnaryCall;
  
  /**
   * NOT_FOUND: no such agent.
   */
  GetAgent(argument: _longshore_v1_GetAgentRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_AgentDetails__Output>): grpc.ClientUnaryCall;
  GetAgent(argument: _longshore_v1_GetAgentRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_longshore_v1_AgentDetails__Output>): grpc.ClientUnaryCall;
  GetAgent(argument: _longshore_v1_GetAgentRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_AgentDetails__Output>): grpc.ClientUnaryCall;
  GetAgent(argument: _longshore_v1_GetAgentRequest, callback: grpc.requestCallback<_longshore_v1_AgentDetails__Output>): grpc.ClientUnaryCall;
  /**
   * NOT_FOUND: no such agent.
   */
  getAgent(argument: _longshore_v1_GetAgentRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_AgentDetails__Output>): grpc.ClientUnaryCall;
  getAgent(argument: _longshore_v1_GetAgentRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_longshore_v1_AgentDetails__Output>): grpc.ClientUnaryCall;
  getAgent(argument: _longshore_v1_GetAgentRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_AgentDetails__Output>): grpc.ClientUnaryCall;
  getAgent(argument: _longshore_v1_GetAgentRequest, callback: grpc.requestCallback<_longshore_v1_AgentDetails__Output>): grpc.ClientUnaryCall;
  
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
  
  /**
   * The images that agents say they hold, and those that are pinned.
   */
  ListImages(argument: _longshore_v1_ListImagesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_ListImagesResponse__Output>): grpc.ClientUnaryCall;
  ListImages(argument: _longshore_v1_ListImagesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_longshore_v1_ListImagesResponse__Output>): grpc.ClientUnaryCall;
  ListImages(argument: _longshore_v1_ListImagesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_ListImagesResponse__Output>): grpc.ClientUnaryCall;
  ListImages(argument: _longshore_v1_ListImagesRequest, callback: grpc.requestCallback<_longshore_v1_ListImagesResponse__Output>): grpc.ClientUnaryCall;
  /**
   * The images that agents say they hold, and those that are pinned.
   */
  listImages(argument: _longshore_v1_ListImagesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_ListImagesResponse__Output>): grpc.ClientUnaryCall;
  listImages(argument: _longshore_v1_ListImagesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_longshore_v1_ListImagesResponse__Output>): grpc.ClientUnaryCall;
  listImages(argument: _longshore_v1_ListImagesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_ListImagesResponse__Output>): grpc.ClientUnaryCall;
  listImages(argument: _longshore_v1_ListImagesRequest, callback: grpc.requestCallback<_longshore_v1_ListImagesResponse__Output>): grpc.ClientUnaryCall;
  
  ListPods(argument: _longshore_v1_ListPodsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_ListPodsResponse__Output>): grpc.ClientUnaryCall;
  ListPods(argument: _longshore_v1_ListPodsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_longshore_v1_ListPodsResponse__Output>): grpc.ClientUnaryCall;
  ListPods(argument: _longshore_v1_ListPodsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_ListPodsResponse__Output>): grpc.ClientUnaryCall;
  ListPods(argument: _longshore_v1_ListPodsRequest, callback: grpc.requestCallback<_longshore_v1_ListPodsResponse__Output>): grpc.ClientUnaryCall;
  listPods(argument: _longshore_v1_ListPodsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_ListPodsResponse__Output>): grpc.ClientUnaryCall;
  listPods(argument: _longshore_v1_ListPodsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_longshore_v1_ListPodsResponse__Output>): grpc.ClientUnaryCall;
  listPods(argument: _longshore_v1_ListPodsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_ListPodsResponse__Output>): grpc.ClientUnaryCall;
  listPods(argument: _longshore_v1_ListPodsRequest, callback: grpc.requestCallback<_longshore_v1_ListPodsResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Keeps an image on agents, or no longer: changes their objects. As above.
   */
  PinImage(argument: _longshore_v1_PinImageRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_PinImageResponse__Output>): grpc.ClientUnaryCall;
  PinImage(argument: _longshore_v1_PinImageRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_longshore_v1_PinImageResponse__Output>): grpc.ClientUnaryCall;
  PinImage(argument: _longshore_v1_PinImageRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_PinImageResponse__Output>): grpc.ClientUnaryCall;
  PinImage(argument: _longshore_v1_PinImageRequest, callback: grpc.requestCallback<_longshore_v1_PinImageResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Keeps an image on agents, or no longer: changes their objects. As above.
   */
  pinImage(argument: _longshore_v1_PinImageRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_PinImageResponse__Output>): grpc.ClientUnaryCall;
  pinImage(argument: _longshore_v1_PinImageRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_longshore_v1_PinImageResponse__Output>): grpc.ClientUnaryCall;
  pinImage(argument: _longshore_v1_PinImageRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_PinImageResponse__Output>): grpc.ClientUnaryCall;
  pinImage(argument: _longshore_v1_PinImageRequest, callback: grpc.requestCallback<_longshore_v1_PinImageResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Pulls an image on every agent that the selector matches, some at a time. The first message names all of them, those after
   * it what changed. It ends when each is done or has failed; it may end before, after some hours: call again.
   * INVALID_ARGUMENT: the image, the selector or the credentials cannot be read; NOT_FOUND: no agent matches.
   */
  PullImage(argument: _longshore_v1_PullImageRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_longshore_v1_ImagePulls__Output>;
  PullImage(argument: _longshore_v1_PullImageRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_longshore_v1_ImagePulls__Output>;
  /**
   * Pulls an image on every agent that the selector matches, some at a time. The first message names all of them, those after
   * it what changed. It ends when each is done or has failed; it may end before, after some hours: call again.
   * INVALID_ARGUMENT: the image, the selector or the credentials cannot be read; NOT_FOUND: no agent matches.
   */
  pullImage(argument: _longshore_v1_PullImageRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_longshore_v1_ImagePulls__Output>;
  pullImage(argument: _longshore_v1_PullImageRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_longshore_v1_ImagePulls__Output>;
  
  /**
   * The agent's own log: lines of JSON. NOT_FOUND; UNAVAILABLE: it is not connected; INVALID_ARGUMENT: it cannot give it.
   * A stream that follows ends after some minutes: call again.
   */
  ReadAgentLog(argument: _longshore_v1_ReadAgentLogRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_longshore_v1_AgentLogChunk__Output>;
  ReadAgentLog(argument: _longshore_v1_ReadAgentLogRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_longshore_v1_AgentLogChunk__Output>;
  /**
   * The agent's own log: lines of JSON. NOT_FOUND; UNAVAILABLE: it is not connected; INVALID_ARGUMENT: it cannot give it.
   * A stream that follows ends after some minutes: call again.
   */
  readAgentLog(argument: _longshore_v1_ReadAgentLogRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_longshore_v1_AgentLogChunk__Output>;
  readAgentLog(argument: _longshore_v1_ReadAgentLogRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_longshore_v1_AgentLogChunk__Output>;
  
  /**
   * Deletes the Agent object: its pods are evicted, then it goes, and the machine's certificate with it. Answers at once.
   * NOT_FOUND; ABORTED: the name is another agent's by now; FAILED_PRECONDITION: it can be reached, so it is not gone.
   */
  RemoveAgent(argument: _longshore_v1_RemoveAgentRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_RemoveAgentResponse__Output>): grpc.ClientUnaryCall;
  RemoveAgent(argument: _longshore_v1_RemoveAgentRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_longshore_v1_RemoveAgentResponse__Output>): grpc.ClientUnaryCall;
  RemoveAgent(argument: _longshore_v1_RemoveAgentRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_RemoveAgentResponse__Output>): grpc.ClientUnaryCall;
  RemoveAgent(argument: _longshore_v1_RemoveAgentRequest, callback: grpc.requestCallback<_longshore_v1_RemoveAgentResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Deletes the Agent object: its pods are evicted, then it goes, and the machine's certificate with it. Answers at once.
   * NOT_FOUND; ABORTED: the name is another agent's by now; FAILED_PRECONDITION: it can be reached, so it is not gone.
   */
  removeAgent(argument: _longshore_v1_RemoveAgentRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_RemoveAgentResponse__Output>): grpc.ClientUnaryCall;
  removeAgent(argument: _longshore_v1_RemoveAgentRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_longshore_v1_RemoveAgentResponse__Output>): grpc.ClientUnaryCall;
  removeAgent(argument: _longshore_v1_RemoveAgentRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_RemoveAgentResponse__Output>): grpc.ClientUnaryCall;
  removeAgent(argument: _longshore_v1_RemoveAgentRequest, callback: grpc.requestCallback<_longshore_v1_RemoveAgentResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Changes the Agent object's spec. NOT_FOUND; FAILED_PRECONDITION: a label or taint is there with another value, and
   * `overwrite` was not said.
   */
  UpdateAgent(argument: _longshore_v1_UpdateAgentRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_UpdateAgentResponse__Output>): grpc.ClientUnaryCall;
  UpdateAgent(argument: _longshore_v1_UpdateAgentRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_longshore_v1_UpdateAgentResponse__Output>): grpc.ClientUnaryCall;
  UpdateAgent(argument: _longshore_v1_UpdateAgentRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_UpdateAgentResponse__Output>): grpc.ClientUnaryCall;
  UpdateAgent(argument: _longshore_v1_UpdateAgentRequest, callback: grpc.requestCallback<_longshore_v1_UpdateAgentResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Changes the Agent object's spec. NOT_FOUND; FAILED_PRECONDITION: a label or taint is there with another value, and
   * `overwrite` was not said.
   */
  updateAgent(argument: _longshore_v1_UpdateAgentRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_UpdateAgentResponse__Output>): grpc.ClientUnaryCall;
  updateAgent(argument: _longshore_v1_UpdateAgentRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_longshore_v1_UpdateAgentResponse__Output>): grpc.ClientUnaryCall;
  updateAgent(argument: _longshore_v1_UpdateAgentRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_longshore_v1_UpdateAgentResponse__Output>): grpc.ClientUnaryCall;
  updateAgent(argument: _longshore_v1_UpdateAgentRequest, callback: grpc.requestCallback<_longshore_v1_UpdateAgentResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * The first message holds all of them, those after it what changed; when an agent was last seen is not told anew. A
   * stream ends after some minutes: call again. RESOURCE_EXHAUSTED: too many are open.
   */
  WatchAgents(argument: _longshore_v1_ListAgentsRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_longshore_v1_AgentsChange__Output>;
  WatchAgents(argument: _longshore_v1_ListAgentsRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_longshore_v1_AgentsChange__Output>;
  /**
   * The first message holds all of them, those after it what changed; when an agent was last seen is not told anew. A
   * stream ends after some minutes: call again. RESOURCE_EXHAUSTED: too many are open.
   */
  watchAgents(argument: _longshore_v1_ListAgentsRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_longshore_v1_AgentsChange__Output>;
  watchAgents(argument: _longshore_v1_ListAgentsRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_longshore_v1_AgentsChange__Output>;
  
  /**
   * As WatchAgents.
   */
  WatchPods(argument: _longshore_v1_ListPodsRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_longshore_v1_PodsChange__Output>;
  WatchPods(argument: _longshore_v1_ListPodsRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_longshore_v1_PodsChange__Output>;
  /**
   * As WatchAgents.
   */
  watchPods(argument: _longshore_v1_ListPodsRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_longshore_v1_PodsChange__Output>;
  watchPods(argument: _longshore_v1_ListPodsRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_longshore_v1_PodsChange__Output>;
  
}

export interface FleetHandlers extends grpc.UntypedServiceImplementation {
  CreateToken: grpc.handleUnaryCall<_longshore_v1_CreateTokenRequest__Output, _longshore_v1_CreateTokenResponse>;
  
  /**
   * What the controller finds out about itself, its rights at the API server and its agents.
   */
  Diagnose: grpc.handleUnaryCall<_longshore_v1_DiagnoseRequest__Output, _longshore_v1_Diagnosis>;
  
  /**
   * NOT_FOUND: no pod of this name is bound to a node of this controller.
   */
  ExplainPod: grpc.handleUnaryCall<_longshore_v1_ExplainPodRequest__Output, _longshore_v1_PodExplanation>;
  
  /**
   * NOT_FOUND: no such agent.
   */
  GetAgent: grpc.handleUnaryCall<_longshore_v1_GetAgentRequest__Output, _longshore_v1_AgentDetails>;
  
  GetStatus: grpc.handleUnaryCall<_longshore_v1_GetStatusRequest__Output, _longshore_v1_FleetStatus>;
  
  ListAgents: grpc.handleUnaryCall<_longshore_v1_ListAgentsRequest__Output, _longshore_v1_ListAgentsResponse>;
  
  /**
   * The images that agents say they hold, and those that are pinned.
   */
  ListImages: grpc.handleUnaryCall<_longshore_v1_ListImagesRequest__Output, _longshore_v1_ListImagesResponse>;
  
  ListPods: grpc.handleUnaryCall<_longshore_v1_ListPodsRequest__Output, _longshore_v1_ListPodsResponse>;
  
  /**
   * Keeps an image on agents, or no longer: changes their objects. As above.
   */
  PinImage: grpc.handleUnaryCall<_longshore_v1_PinImageRequest__Output, _longshore_v1_PinImageResponse>;
  
  /**
   * Pulls an image on every agent that the selector matches, some at a time. The first message names all of them, those after
   * it what changed. It ends when each is done or has failed; it may end before, after some hours: call again.
   * INVALID_ARGUMENT: the image, the selector or the credentials cannot be read; NOT_FOUND: no agent matches.
   */
  PullImage: grpc.handleServerStreamingCall<_longshore_v1_PullImageRequest__Output, _longshore_v1_ImagePulls>;
  
  /**
   * The agent's own log: lines of JSON. NOT_FOUND; UNAVAILABLE: it is not connected; INVALID_ARGUMENT: it cannot give it.
   * A stream that follows ends after some minutes: call again.
   */
  ReadAgentLog: grpc.handleServerStreamingCall<_longshore_v1_ReadAgentLogRequest__Output, _longshore_v1_AgentLogChunk>;
  
  /**
   * Deletes the Agent object: its pods are evicted, then it goes, and the machine's certificate with it. Answers at once.
   * NOT_FOUND; ABORTED: the name is another agent's by now; FAILED_PRECONDITION: it can be reached, so it is not gone.
   */
  RemoveAgent: grpc.handleUnaryCall<_longshore_v1_RemoveAgentRequest__Output, _longshore_v1_RemoveAgentResponse>;
  
  /**
   * Changes the Agent object's spec. NOT_FOUND; FAILED_PRECONDITION: a label or taint is there with another value, and
   * `overwrite` was not said.
   */
  UpdateAgent: grpc.handleUnaryCall<_longshore_v1_UpdateAgentRequest__Output, _longshore_v1_UpdateAgentResponse>;
  
  /**
   * The first message holds all of them, those after it what changed; when an agent was last seen is not told anew. A
   * stream ends after some minutes: call again. RESOURCE_EXHAUSTED: too many are open.
   */
  WatchAgents: grpc.handleServerStreamingCall<_longshore_v1_ListAgentsRequest__Output, _longshore_v1_AgentsChange>;
  
  /**
   * As WatchAgents.
   */
  WatchPods: grpc.handleServerStreamingCall<_longshore_v1_ListPodsRequest__Output, _longshore_v1_PodsChange>;
  
}

export interface FleetDefinition extends grpc.ServiceDefinition {
  CreateToken: MethodDefinition<_longshore_v1_CreateTokenRequest, _longshore_v1_CreateTokenResponse, _longshore_v1_CreateTokenRequest__Output, _longshore_v1_CreateTokenResponse__Output>
  Diagnose: MethodDefinition<_longshore_v1_DiagnoseRequest, _longshore_v1_Diagnosis, _longshore_v1_DiagnoseRequest__Output, _longshore_v1_Diagnosis__Output>
  ExplainPod: MethodDefinition<_longshore_v1_ExplainPodRequest, _longshore_v1_PodExplanation, _longshore_v1_ExplainPodRequest__Output, _longshore_v1_PodExplanation__Output>
  GetAgent: MethodDefinition<_longshore_v1_GetAgentRequest, _longshore_v1_AgentDetails, _longshore_v1_GetAgentRequest__Output, _longshore_v1_AgentDetails__Output>
  GetStatus: MethodDefinition<_longshore_v1_GetStatusRequest, _longshore_v1_FleetStatus, _longshore_v1_GetStatusRequest__Output, _longshore_v1_FleetStatus__Output>
  ListAgents: MethodDefinition<_longshore_v1_ListAgentsRequest, _longshore_v1_ListAgentsResponse, _longshore_v1_ListAgentsRequest__Output, _longshore_v1_ListAgentsResponse__Output>
  ListImages: MethodDefinition<_longshore_v1_ListImagesRequest, _longshore_v1_ListImagesResponse, _longshore_v1_ListImagesRequest__Output, _longshore_v1_ListImagesResponse__Output>
  ListPods: MethodDefinition<_longshore_v1_ListPodsRequest, _longshore_v1_ListPodsResponse, _longshore_v1_ListPodsRequest__Output, _longshore_v1_ListPodsResponse__Output>
  PinImage: MethodDefinition<_longshore_v1_PinImageRequest, _longshore_v1_PinImageResponse, _longshore_v1_PinImageRequest__Output, _longshore_v1_PinImageResponse__Output>
  PullImage: MethodDefinition<_longshore_v1_PullImageRequest, _longshore_v1_ImagePulls, _longshore_v1_PullImageRequest__Output, _longshore_v1_ImagePulls__Output>
  ReadAgentLog: MethodDefinition<_longshore_v1_ReadAgentLogRequest, _longshore_v1_AgentLogChunk, _longshore_v1_ReadAgentLogRequest__Output, _longshore_v1_AgentLogChunk__Output>
  RemoveAgent: MethodDefinition<_longshore_v1_RemoveAgentRequest, _longshore_v1_RemoveAgentResponse, _longshore_v1_RemoveAgentRequest__Output, _longshore_v1_RemoveAgentResponse__Output>
  UpdateAgent: MethodDefinition<_longshore_v1_UpdateAgentRequest, _longshore_v1_UpdateAgentResponse, _longshore_v1_UpdateAgentRequest__Output, _longshore_v1_UpdateAgentResponse__Output>
  WatchAgents: MethodDefinition<_longshore_v1_ListAgentsRequest, _longshore_v1_AgentsChange, _longshore_v1_ListAgentsRequest__Output, _longshore_v1_AgentsChange__Output>
  WatchPods: MethodDefinition<_longshore_v1_ListPodsRequest, _longshore_v1_PodsChange, _longshore_v1_ListPodsRequest__Output, _longshore_v1_PodsChange__Output>
}
