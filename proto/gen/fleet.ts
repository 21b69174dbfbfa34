import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { AgentCondition as _longshore_v1_AgentCondition, AgentCondition__Output as _longshore_v1_AgentCondition__Output } from './longshore/v1/AgentCondition.ts';
import type { AgentDetails as _longshore_v1_AgentDetails, AgentDetails__Output as _longshore_v1_AgentDetails__Output } from './longshore/v1/AgentDetails.ts';
import type { AgentDrain as _longshore_v1_AgentDrain, AgentDrain__Output as _longshore_v1_AgentDrain__Output } from './longshore/v1/AgentDrain.ts';
import type { AgentHealth as _longshore_v1_AgentHealth, AgentHealth__Output as _longshore_v1_AgentHealth__Output } from './longshore/v1/AgentHealth.ts';
import type { AgentInfo as _longshore_v1_AgentInfo, AgentInfo__Output as _longshore_v1_AgentInfo__Output } from './longshore/v1/AgentInfo.ts';
import type { AgentLogChunk as _longshore_v1_AgentLogChunk, AgentLogChunk__Output as _longshore_v1_AgentLogChunk__Output } from './longshore/v1/AgentLogChunk.ts';
import type { AgentPin as _longshore_v1_AgentPin, AgentPin__Output as _longshore_v1_AgentPin__Output } from './longshore/v1/AgentPin.ts';
import type { AgentPod as _longshore_v1_AgentPod, AgentPod__Output as _longshore_v1_AgentPod__Output } from './longshore/v1/AgentPod.ts';
import type { AgentPull as _longshore_v1_AgentPull, AgentPull__Output as _longshore_v1_AgentPull__Output } from './longshore/v1/AgentPull.ts';
import type { AgentTaint as _longshore_v1_AgentTaint, AgentTaint__Output as _longshore_v1_AgentTaint__Output } from './longshore/v1/AgentTaint.ts';
import type { AgentVerdict as _longshore_v1_AgentVerdict, AgentVerdict__Output as _longshore_v1_AgentVerdict__Output } from './longshore/v1/AgentVerdict.ts';
import type { AgentsChange as _longshore_v1_AgentsChange, AgentsChange__Output as _longshore_v1_AgentsChange__Output } from './longshore/v1/AgentsChange.ts';
import type { Clearing as _longshore_v1_Clearing, Clearing__Output as _longshore_v1_Clearing__Output } from './longshore/v1/Clearing.ts';
import type { CreateTokenRequest as _longshore_v1_CreateTokenRequest, CreateTokenRequest__Output as _longshore_v1_CreateTokenRequest__Output } from './longshore/v1/CreateTokenRequest.ts';
import type { CreateTokenResponse as _longshore_v1_CreateTokenResponse, CreateTokenResponse__Output as _longshore_v1_CreateTokenResponse__Output } from './longshore/v1/CreateTokenResponse.ts';
import type { DiagnoseRequest as _longshore_v1_DiagnoseRequest, DiagnoseRequest__Output as _longshore_v1_DiagnoseRequest__Output } from './longshore/v1/DiagnoseRequest.ts';
import type { Diagnosis as _longshore_v1_Diagnosis, Diagnosis__Output as _longshore_v1_Diagnosis__Output } from './longshore/v1/Diagnosis.ts';
import type { ExplainPodRequest as _longshore_v1_ExplainPodRequest, ExplainPodRequest__Output as _longshore_v1_ExplainPodRequest__Output } from './longshore/v1/ExplainPodRequest.ts';
import type { FleetClient as _longshore_v1_FleetClient, FleetDefinition as _longshore_v1_FleetDefinition } from './longshore/v1/Fleet.ts';
import type { FleetImage as _longshore_v1_FleetImage, FleetImage__Output as _longshore_v1_FleetImage__Output } from './longshore/v1/FleetImage.ts';
import type { FleetStatus as _longshore_v1_FleetStatus, FleetStatus__Output as _longshore_v1_FleetStatus__Output } from './longshore/v1/FleetStatus.ts';
import type { GetAgentRequest as _longshore_v1_GetAgentRequest, GetAgentRequest__Output as _longshore_v1_GetAgentRequest__Output } from './longshore/v1/GetAgentRequest.ts';
import type { GetStatusRequest as _longshore_v1_GetStatusRequest, GetStatusRequest__Output as _longshore_v1_GetStatusRequest__Output } from './longshore/v1/GetStatusRequest.ts';
import type { ImagePulls as _longshore_v1_ImagePulls, ImagePulls__Output as _longshore_v1_ImagePulls__Output } from './longshore/v1/ImagePulls.ts';
import type { KeptPod as _longshore_v1_KeptPod, KeptPod__Output as _longshore_v1_KeptPod__Output } from './longshore/v1/KeptPod.ts';
import type { ListAgentsRequest as _longshore_v1_ListAgentsRequest, ListAgentsRequest__Output as _longshore_v1_ListAgentsRequest__Output } from './longshore/v1/ListAgentsRequest.ts';
import type { ListAgentsResponse as _longshore_v1_ListAgentsResponse, ListAgentsResponse__Output as _longshore_v1_ListAgentsResponse__Output } from './longshore/v1/ListAgentsResponse.ts';
import type { ListImagesRequest as _longshore_v1_ListImagesRequest, ListImagesRequest__Output as _longshore_v1_ListImagesRequest__Output } from './longshore/v1/ListImagesRequest.ts';
import type { ListImagesResponse as _longshore_v1_ListImagesResponse, ListImagesResponse__Output as _longshore_v1_ListImagesResponse__Output } from './longshore/v1/ListImagesResponse.ts';
import type { ListPodsRequest as _longshore_v1_ListPodsRequest, ListPodsRequest__Output as _longshore_v1_ListPodsRequest__Output } from './longshore/v1/ListPodsRequest.ts';
import type { ListPodsResponse as _longshore_v1_ListPodsResponse, ListPodsResponse__Output as _longshore_v1_ListPodsResponse__Output } from './longshore/v1/ListPodsResponse.ts';
import type { PinImageRequest as _longshore_v1_PinImageRequest, PinImageRequest__Output as _longshore_v1_PinImageRequest__Output } from './longshore/v1/PinImageRequest.ts';
import type { PinImageResponse as _longshore_v1_PinImageResponse, PinImageResponse__Output as _longshore_v1_PinImageResponse__Output } from './longshore/v1/PinImageResponse.ts';
import type { PlacementObstacle as _longshore_v1_PlacementObstacle, PlacementObstacle__Output as _longshore_v1_PlacementObstacle__Output } from './longshore/v1/PlacementObstacle.ts';
import type { PodExplanation as _longshore_v1_PodExplanation, PodExplanation__Output as _longshore_v1_PodExplanation__Output } from './longshore/v1/PodExplanation.ts';
import type { PodInfo as _longshore_v1_PodInfo, PodInfo__Output as _longshore_v1_PodInfo__Output } from './longshore/v1/PodInfo.ts';
import type { PodsChange as _longshore_v1_PodsChange, PodsChange__Output as _longshore_v1_PodsChange__Output } from './longshore/v1/PodsChange.ts';
import type { PullImageRequest as _longshore_v1_PullImageRequest, PullImageRequest__Output as _longshore_v1_PullImageRequest__Output } from './longshore/v1/PullImageRequest.ts';
import type { ReadAgentLogRequest as _longshore_v1_ReadAgentLogRequest, ReadAgentLogRequest__Output as _longshore_v1_ReadAgentLogRequest__Output } from './longshore/v1/ReadAgentLogRequest.ts';
import type { RemoveAgentRequest as _longshore_v1_RemoveAgentRequest, RemoveAgentRequest__Output as _longshore_v1_RemoveAgentRequest__Output } from './longshore/v1/RemoveAgentRequest.ts';
import type { RemoveAgentResponse as _longshore_v1_RemoveAgentResponse, RemoveAgentResponse__Output as _longshore_v1_RemoveAgentResponse__Output } from './longshore/v1/RemoveAgentResponse.ts';
import type { RemovedTaint as _longshore_v1_RemovedTaint, RemovedTaint__Output as _longshore_v1_RemovedTaint__Output } from './longshore/v1/RemovedTaint.ts';
import type { RightFinding as _longshore_v1_RightFinding, RightFinding__Output as _longshore_v1_RightFinding__Output } from './longshore/v1/RightFinding.ts';
import type { UpdateAgentRequest as _longshore_v1_UpdateAgentRequest, UpdateAgentRequest__Output as _longshore_v1_UpdateAgentRequest__Output } from './longshore/v1/UpdateAgentRequest.ts';
import type { UpdateAgentResponse as _longshore_v1_UpdateAgentResponse, UpdateAgentResponse__Output as _longshore_v1_UpdateAgentResponse__Output } from './longshore/v1/UpdateAgentResponse.ts';
import type { WaitingPod as _longshore_v1_WaitingPod, WaitingPod__Output as _longshore_v1_WaitingPod__Output } from './longshore/v1/WaitingPod.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  longshore: {
    v1: {
      AgentCondition: MessageTypeDefinition<_longshore_v1_AgentCondition, _longshore_v1_AgentCondition__Output>
      AgentDetails: MessageTypeDefinition<_longshore_v1_AgentDetails, _longshore_v1_AgentDetails__Output>
      AgentDrain: MessageTypeDefinition<_longshore_v1_AgentDrain, _longshore_v1_AgentDrain__Output>
      AgentHealth: MessageTypeDefinition<_longshore_v1_AgentHealth, _longshore_v1_AgentHealth__Output>
      AgentInfo: MessageTypeDefinition<_longshore_v1_AgentInfo, _longshore_v1_AgentInfo__Output>
      AgentLogChunk: MessageTypeDefinition<_longshore_v1_AgentLogChunk, _longshore_v1_AgentLogChunk__Output>
      AgentPin: MessageTypeDefinition<_longshore_v1_AgentPin, _longshore_v1_AgentPin__Output>
      AgentPod: MessageTypeDefinition<_longshore_v1_AgentPod, _longshore_v1_AgentPod__Output>
      AgentPull: MessageTypeDefinition<_longshore_v1_AgentPull, _longshore_v1_AgentPull__Output>
      AgentPullState: EnumTypeDefinition
      AgentTaint: MessageTypeDefinition<_longshore_v1_AgentTaint, _longshore_v1_AgentTaint__Output>
      AgentVerdict: MessageTypeDefinition<_longshore_v1_AgentVerdict, _longshore_v1_AgentVerdict__Output>
      AgentsChange: MessageTypeDefinition<_longshore_v1_AgentsChange, _longshore_v1_AgentsChange__Output>
      Clearing: MessageTypeDefinition<_longshore_v1_Clearing, _longshore_v1_Clearing__Output>
      CreateTokenRequest: MessageTypeDefinition<_longshore_v1_CreateTokenRequest, _longshore_v1_CreateTokenRequest__Output>
      CreateTokenResponse: MessageTypeDefinition<_longshore_v1_CreateTokenResponse, _longshore_v1_CreateTokenResponse__Output>
      DiagnoseRequest: MessageTypeDefinition<_longshore_v1_DiagnoseRequest, _longshore_v1_DiagnoseRequest__Output>
      Diagnosis: MessageTypeDefinition<_longshore_v1_Diagnosis, _longshore_v1_Diagnosis__Output>
      ExplainPodRequest: MessageTypeDefinition<_longshore_v1_ExplainPodRequest, _longshore_v1_ExplainPodRequest__Output>
      Fleet: SubtypeConstructor<typeof grpc.Client, _longshore_v1_FleetClient> & { service: _longshore_v1_FleetDefinition }
      FleetImage: MessageTypeDefinition<_longshore_v1_FleetImage, _longshore_v1_FleetImage__Output>
      FleetStatus: MessageTypeDefinition<_longshore_v1_FleetStatus, _longshore_v1_FleetStatus__Output>
      GetAgentRequest: MessageTypeDefinition<_longshore_v1_GetAgentRequest, _longshore_v1_GetAgentRequest__Output>
      GetStatusRequest: MessageTypeDefinition<_longshore_v1_GetStatusRequest, _longshore_v1_GetStatusRequest__Output>
      ImagePulls: MessageTypeDefinition<_longshore_v1_ImagePulls, _longshore_v1_ImagePulls__Output>
      KeptPod: MessageTypeDefinition<_longshore_v1_KeptPod, _longshore_v1_KeptPod__Output>
      ListAgentsRequest: MessageTypeDefinition<_longshore_v1_ListAgentsRequest, _longshore_v1_ListAgentsRequest__Output>
      ListAgentsResponse: MessageTypeDefinition<_longshore_v1_ListAgentsResponse, _longshore_v1_ListAgentsResponse__Output>
      ListImagesRequest: MessageTypeDefinition<_longshore_v1_ListImagesRequest, _longshore_v1_ListImagesRequest__Output>
      ListImagesResponse: MessageTypeDefinition<_longshore_v1_ListImagesResponse, _longshore_v1_ListImagesResponse__Output>
      ListPodsRequest: MessageTypeDefinition<_longshore_v1_ListPodsRequest, _longshore_v1_ListPodsRequest__Output>
      ListPodsResponse: MessageTypeDefinition<_longshore_v1_ListPodsResponse, _longshore_v1_ListPodsResponse__Output>
      PinImageRequest: MessageTypeDefinition<_longshore_v1_PinImageRequest, _longshore_v1_PinImageRequest__Output>
      PinImageResponse: MessageTypeDefinition<_longshore_v1_PinImageResponse, _longshore_v1_PinImageResponse__Output>
      PlacementObstacle: MessageTypeDefinition<_longshore_v1_PlacementObstacle, _longshore_v1_PlacementObstacle__Output>
      PodExplanation: MessageTypeDefinition<_longshore_v1_PodExplanation, _longshore_v1_PodExplanation__Output>
      PodInfo: MessageTypeDefinition<_longshore_v1_PodInfo, _longshore_v1_PodInfo__Output>
      PodsChange: MessageTypeDefinition<_longshore_v1_PodsChange, _longshore_v1_PodsChange__Output>
      PullImageRequest: MessageTypeDefinition<_longshore_v1_PullImageRequest, _longshore_v1_PullImageRequest__Output>
      ReadAgentLogRequest: MessageTypeDefinition<_longshore_v1_ReadAgentLogRequest, _longshore_v1_ReadAgentLogRequest__Output>
      RemoveAgentRequest: MessageTypeDefinition<_longshore_v1_RemoveAgentRequest, _longshore_v1_RemoveAgentRequest__Output>
      RemoveAgentResponse: MessageTypeDefinition<_longshore_v1_RemoveAgentResponse, _longshore_v1_RemoveAgentResponse__Output>
      RemovedTaint: MessageTypeDefinition<_longshore_v1_RemovedTaint, _longshore_v1_RemovedTaint__Output>
      RightFinding: MessageTypeDefinition<_longshore_v1_RightFinding, _longshore_v1_RightFinding__Output>
      UpdateAgentRequest: MessageTypeDefinition<_longshore_v1_UpdateAgentRequest, _longshore_v1_UpdateAgentRequest__Output>
      UpdateAgentResponse: MessageTypeDefinition<_longshore_v1_UpdateAgentResponse, _longshore_v1_UpdateAgentResponse__Output>
      WaitingPod: MessageTypeDefinition<_longshore_v1_WaitingPod, _longshore_v1_WaitingPod__Output>
    }
  }
}

