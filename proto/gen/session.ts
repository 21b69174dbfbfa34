import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { AgentLogRequest as _longshore_v1_AgentLogRequest, AgentLogRequest__Output as _longshore_v1_AgentLogRequest__Output } from './longshore/v1/AgentLogRequest.ts';
import type { AgentMessage as _longshore_v1_AgentMessage, AgentMessage__Output as _longshore_v1_AgentMessage__Output } from './longshore/v1/AgentMessage.ts';
import type { AttachRequest as _longshore_v1_AttachRequest, AttachRequest__Output as _longshore_v1_AttachRequest__Output } from './longshore/v1/AttachRequest.ts';
import type { Battery as _longshore_v1_Battery, Battery__Output as _longshore_v1_Battery__Output } from './longshore/v1/Battery.ts';
import type { CfsStats as _longshore_v1_CfsStats, CfsStats__Output as _longshore_v1_CfsStats__Output } from './longshore/v1/CfsStats.ts';
import type { CloseStream as _longshore_v1_CloseStream, CloseStream__Output as _longshore_v1_CloseStream__Output } from './longshore/v1/CloseStream.ts';
import type { ContainerStats as _longshore_v1_ContainerStats, ContainerStats__Output as _longshore_v1_ContainerStats__Output } from './longshore/v1/ContainerStats.ts';
import type { ControllerMessage as _longshore_v1_ControllerMessage, ControllerMessage__Output as _longshore_v1_ControllerMessage__Output } from './longshore/v1/ControllerMessage.ts';
import type { CpuStats as _longshore_v1_CpuStats, CpuStats__Output as _longshore_v1_CpuStats__Output } from './longshore/v1/CpuStats.ts';
import type { DiskIo as _longshore_v1_DiskIo, DiskIo__Output as _longshore_v1_DiskIo__Output } from './longshore/v1/DiskIo.ts';
import type { ExecRequest as _longshore_v1_ExecRequest, ExecRequest__Output as _longshore_v1_ExecRequest__Output } from './longshore/v1/ExecRequest.ts';
import type { FilesystemStats as _longshore_v1_FilesystemStats, FilesystemStats__Output as _longshore_v1_FilesystemStats__Output } from './longshore/v1/FilesystemStats.ts';
import type { Heartbeat as _longshore_v1_Heartbeat, Heartbeat__Output as _longshore_v1_Heartbeat__Output } from './longshore/v1/Heartbeat.ts';
import type { HeldImage as _longshore_v1_HeldImage, HeldImage__Output as _longshore_v1_HeldImage__Output } from './longshore/v1/HeldImage.ts';
import type { HeldObject as _longshore_v1_HeldObject, HeldObject__Output as _longshore_v1_HeldObject__Output } from './longshore/v1/HeldObject.ts';
import type { Hello as _longshore_v1_Hello, Hello__Output as _longshore_v1_Hello__Output } from './longshore/v1/Hello.ts';
import type { ImagePullRequest as _longshore_v1_ImagePullRequest, ImagePullRequest__Output as _longshore_v1_ImagePullRequest__Output } from './longshore/v1/ImagePullRequest.ts';
import type { KeepImages as _longshore_v1_KeepImages, KeepImages__Output as _longshore_v1_KeepImages__Output } from './longshore/v1/KeepImages.ts';
import type { LogsRequest as _longshore_v1_LogsRequest, LogsRequest__Output as _longshore_v1_LogsRequest__Output } from './longshore/v1/LogsRequest.ts';
import type { MachineCondition as _longshore_v1_MachineCondition, MachineCondition__Output as _longshore_v1_MachineCondition__Output } from './longshore/v1/MachineCondition.ts';
import type { MachineFacts as _longshore_v1_MachineFacts, MachineFacts__Output as _longshore_v1_MachineFacts__Output } from './longshore/v1/MachineFacts.ts';
import type { MachineImages as _longshore_v1_MachineImages, MachineImages__Output as _longshore_v1_MachineImages__Output } from './longshore/v1/MachineImages.ts';
import type { MachineStats as _longshore_v1_MachineStats, MachineStats__Output as _longshore_v1_MachineStats__Output } from './longshore/v1/MachineStats.ts';
import type { MachineUsage as _longshore_v1_MachineUsage, MachineUsage__Output as _longshore_v1_MachineUsage__Output } from './longshore/v1/MachineUsage.ts';
import type { MemoryStats as _longshore_v1_MemoryStats, MemoryStats__Output as _longshore_v1_MemoryStats__Output } from './longshore/v1/MemoryStats.ts';
import type { MetricFamily as _longshore_v1_MetricFamily, MetricFamily__Output as _longshore_v1_MetricFamily__Output } from './longshore/v1/MetricFamily.ts';
import type { MetricSample as _longshore_v1_MetricSample, MetricSample__Output as _longshore_v1_MetricSample__Output } from './longshore/v1/MetricSample.ts';
import type { MetricsReport as _longshore_v1_MetricsReport, MetricsReport__Output as _longshore_v1_MetricsReport__Output } from './longshore/v1/MetricsReport.ts';
import type { MetricsWanted as _longshore_v1_MetricsWanted, MetricsWanted__Output as _longshore_v1_MetricsWanted__Output } from './longshore/v1/MetricsWanted.ts';
import type { NetworkStats as _longshore_v1_NetworkStats, NetworkStats__Output as _longshore_v1_NetworkStats__Output } from './longshore/v1/NetworkStats.ts';
import type { ObjectAbsent as _longshore_v1_ObjectAbsent, ObjectAbsent__Output as _longshore_v1_ObjectAbsent__Output } from './longshore/v1/ObjectAbsent.ts';
import type { ObjectDrop as _longshore_v1_ObjectDrop, ObjectDrop__Output as _longshore_v1_ObjectDrop__Output } from './longshore/v1/ObjectDrop.ts';
import type { ObjectFound as _longshore_v1_ObjectFound, ObjectFound__Output as _longshore_v1_ObjectFound__Output } from './longshore/v1/ObjectFound.ts';
import type { ObjectKept as _longshore_v1_ObjectKept, ObjectKept__Output as _longshore_v1_ObjectKept__Output } from './longshore/v1/ObjectKept.ts';
import type { ObjectUpsert as _longshore_v1_ObjectUpsert, ObjectUpsert__Output as _longshore_v1_ObjectUpsert__Output } from './longshore/v1/ObjectUpsert.ts';
import type { OpenStream as _longshore_v1_OpenStream, OpenStream__Output as _longshore_v1_OpenStream__Output } from './longshore/v1/OpenStream.ts';
import type { OwnerReading as _longshore_v1_OwnerReading, OwnerReading__Output as _longshore_v1_OwnerReading__Output } from './longshore/v1/OwnerReading.ts';
import type { PodEvent as _longshore_v1_PodEvent, PodEvent__Output as _longshore_v1_PodEvent__Output } from './longshore/v1/PodEvent.ts';
import type { PodEventAck as _longshore_v1_PodEventAck, PodEventAck__Output as _longshore_v1_PodEventAck__Output } from './longshore/v1/PodEventAck.ts';
import type { PodGone as _longshore_v1_PodGone, PodGone__Output as _longshore_v1_PodGone__Output } from './longshore/v1/PodGone.ts';
import type { PodGoneAck as _longshore_v1_PodGoneAck, PodGoneAck__Output as _longshore_v1_PodGoneAck__Output } from './longshore/v1/PodGoneAck.ts';
import type { PodRemove as _longshore_v1_PodRemove, PodRemove__Output as _longshore_v1_PodRemove__Output } from './longshore/v1/PodRemove.ts';
import type { PodReport as _longshore_v1_PodReport, PodReport__Output as _longshore_v1_PodReport__Output } from './longshore/v1/PodReport.ts';
import type { PodStats as _longshore_v1_PodStats, PodStats__Output as _longshore_v1_PodStats__Output } from './longshore/v1/PodStats.ts';
import type { PodUpsert as _longshore_v1_PodUpsert, PodUpsert__Output as _longshore_v1_PodUpsert__Output } from './longshore/v1/PodUpsert.ts';
import type { PortForwardRequest as _longshore_v1_PortForwardRequest, PortForwardRequest__Output as _longshore_v1_PortForwardRequest__Output } from './longshore/v1/PortForwardRequest.ts';
import type { ProbeStats as _longshore_v1_ProbeStats, ProbeStats__Output as _longshore_v1_ProbeStats__Output } from './longshore/v1/ProbeStats.ts';
import type { Removed as _longshore_v1_Removed, Removed__Output as _longshore_v1_Removed__Output } from './longshore/v1/Removed.ts';
import type { ServiceStats as _longshore_v1_ServiceStats, ServiceStats__Output as _longshore_v1_ServiceStats__Output } from './longshore/v1/ServiceStats.ts';
import type { SessionClient as _longshore_v1_SessionClient, SessionDefinition as _longshore_v1_SessionDefinition } from './longshore/v1/Session.ts';
import type { SnapshotComplete as _longshore_v1_SnapshotComplete, SnapshotComplete__Output as _longshore_v1_SnapshotComplete__Output } from './longshore/v1/SnapshotComplete.ts';
import type { StatsReport as _longshore_v1_StatsReport, StatsReport__Output as _longshore_v1_StatsReport__Output } from './longshore/v1/StatsReport.ts';
import type { VolumeStats as _longshore_v1_VolumeStats, VolumeStats__Output as _longshore_v1_VolumeStats__Output } from './longshore/v1/VolumeStats.ts';
import type { WatchStats as _longshore_v1_WatchStats, WatchStats__Output as _longshore_v1_WatchStats__Output } from './longshore/v1/WatchStats.ts';
import type { Welcome as _longshore_v1_Welcome, Welcome__Output as _longshore_v1_Welcome__Output } from './longshore/v1/Welcome.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  longshore: {
    v1: {
      AgentLogRequest: MessageTypeDefinition<_longshore_v1_AgentLogRequest, _longshore_v1_AgentLogRequest__Output>
      AgentMessage: MessageTypeDefinition<_longshore_v1_AgentMessage, _longshore_v1_AgentMessage__Output>
      AttachRequest: MessageTypeDefinition<_longshore_v1_AttachRequest, _longshore_v1_AttachRequest__Output>
      Battery: MessageTypeDefinition<_longshore_v1_Battery, _longshore_v1_Battery__Output>
      CfsStats: MessageTypeDefinition<_longshore_v1_CfsStats, _longshore_v1_CfsStats__Output>
      CloseStream: MessageTypeDefinition<_longshore_v1_CloseStream, _longshore_v1_CloseStream__Output>
      ContainerStats: MessageTypeDefinition<_longshore_v1_ContainerStats, _longshore_v1_ContainerStats__Output>
      ControllerMessage: MessageTypeDefinition<_longshore_v1_ControllerMessage, _longshore_v1_ControllerMessage__Output>
      CpuStats: MessageTypeDefinition<_longshore_v1_CpuStats, _longshore_v1_CpuStats__Output>
      DiskIo: MessageTypeDefinition<_longshore_v1_DiskIo, _longshore_v1_DiskIo__Output>
      ExecRequest: MessageTypeDefinition<_longshore_v1_ExecRequest, _longshore_v1_ExecRequest__Output>
      FilesystemStats: MessageTypeDefinition<_longshore_v1_FilesystemStats, _longshore_v1_FilesystemStats__Output>
      Heartbeat: MessageTypeDefinition<_longshore_v1_Heartbeat, _longshore_v1_Heartbeat__Output>
      HeldImage: MessageTypeDefinition<_longshore_v1_HeldImage, _longshore_v1_HeldImage__Output>
      HeldObject: MessageTypeDefinition<_longshore_v1_HeldObject, _longshore_v1_HeldObject__Output>
      Hello: MessageTypeDefinition<_longshore_v1_Hello, _longshore_v1_Hello__Output>
      ImagePullRequest: MessageTypeDefinition<_longshore_v1_ImagePullRequest, _longshore_v1_ImagePullRequest__Output>
      KeepImages: MessageTypeDefinition<_longshore_v1_KeepImages, _longshore_v1_KeepImages__Output>
      LogStream: EnumTypeDefinition
      LogsRequest: MessageTypeDefinition<_longshore_v1_LogsRequest, _longshore_v1_LogsRequest__Output>
      MachineCondition: MessageTypeDefinition<_longshore_v1_MachineCondition, _longshore_v1_MachineCondition__Output>
      MachineFacts: MessageTypeDefinition<_longshore_v1_MachineFacts, _longshore_v1_MachineFacts__Output>
      MachineImages: MessageTypeDefinition<_longshore_v1_MachineImages, _longshore_v1_MachineImages__Output>
      MachineStats: MessageTypeDefinition<_longshore_v1_MachineStats, _longshore_v1_MachineStats__Output>
      MachineUsage: MessageTypeDefinition<_longshore_v1_MachineUsage, _longshore_v1_MachineUsage__Output>
      MemoryStats: MessageTypeDefinition<_longshore_v1_MemoryStats, _longshore_v1_MemoryStats__Output>
      MetricFamily: MessageTypeDefinition<_longshore_v1_MetricFamily, _longshore_v1_MetricFamily__Output>
      MetricSample: MessageTypeDefinition<_longshore_v1_MetricSample, _longshore_v1_MetricSample__Output>
      MetricsReport: MessageTypeDefinition<_longshore_v1_MetricsReport, _longshore_v1_MetricsReport__Output>
      MetricsWanted: MessageTypeDefinition<_longshore_v1_MetricsWanted, _longshore_v1_MetricsWanted__Output>
      NetworkStats: MessageTypeDefinition<_longshore_v1_NetworkStats, _longshore_v1_NetworkStats__Output>
      ObjectAbsent: MessageTypeDefinition<_longshore_v1_ObjectAbsent, _longshore_v1_ObjectAbsent__Output>
      ObjectDrop: MessageTypeDefinition<_longshore_v1_ObjectDrop, _longshore_v1_ObjectDrop__Output>
      ObjectFound: MessageTypeDefinition<_longshore_v1_ObjectFound, _longshore_v1_ObjectFound__Output>
      ObjectKept: MessageTypeDefinition<_longshore_v1_ObjectKept, _longshore_v1_ObjectKept__Output>
      ObjectUpsert: MessageTypeDefinition<_longshore_v1_ObjectUpsert, _longshore_v1_ObjectUpsert__Output>
      OpenStream: MessageTypeDefinition<_longshore_v1_OpenStream, _longshore_v1_OpenStream__Output>
      OwnerReading: MessageTypeDefinition<_longshore_v1_OwnerReading, _longshore_v1_OwnerReading__Output>
      PodEvent: MessageTypeDefinition<_longshore_v1_PodEvent, _longshore_v1_PodEvent__Output>
      PodEventAck: MessageTypeDefinition<_longshore_v1_PodEventAck, _longshore_v1_PodEventAck__Output>
      PodGone: MessageTypeDefinition<_longshore_v1_PodGone, _longshore_v1_PodGone__Output>
      PodGoneAck: MessageTypeDefinition<_longshore_v1_PodGoneAck, _longshore_v1_PodGoneAck__Output>
      PodRemove: MessageTypeDefinition<_longshore_v1_PodRemove, _longshore_v1_PodRemove__Output>
      PodReport: MessageTypeDefinition<_longshore_v1_PodReport, _longshore_v1_PodReport__Output>
      PodStats: MessageTypeDefinition<_longshore_v1_PodStats, _longshore_v1_PodStats__Output>
      PodUpsert: MessageTypeDefinition<_longshore_v1_PodUpsert, _longshore_v1_PodUpsert__Output>
      PortForwardRequest: MessageTypeDefinition<_longshore_v1_PortForwardRequest, _longshore_v1_PortForwardRequest__Output>
      ProbeStats: MessageTypeDefinition<_longshore_v1_ProbeStats, _longshore_v1_ProbeStats__Output>
      Removed: MessageTypeDefinition<_longshore_v1_Removed, _longshore_v1_Removed__Output>
      ServiceStats: MessageTypeDefinition<_longshore_v1_ServiceStats, _longshore_v1_ServiceStats__Output>
      Session: SubtypeConstructor<typeof grpc.Client, _longshore_v1_SessionClient> & { service: _longshore_v1_SessionDefinition }
      SnapshotComplete: MessageTypeDefinition<_longshore_v1_SnapshotComplete, _longshore_v1_SnapshotComplete__Output>
      StatsReport: MessageTypeDefinition<_longshore_v1_StatsReport, _longshore_v1_StatsReport__Output>
      VolumeStats: MessageTypeDefinition<_longshore_v1_VolumeStats, _longshore_v1_VolumeStats__Output>
      WatchStats: MessageTypeDefinition<_longshore_v1_WatchStats, _longshore_v1_WatchStats__Output>
      Welcome: MessageTypeDefinition<_longshore_v1_Welcome, _longshore_v1_Welcome__Output>
    }
  }
}

