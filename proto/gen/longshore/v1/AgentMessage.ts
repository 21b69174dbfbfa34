// Original file: longshore/v1/session.proto

import type { Hello as _longshore_v1_Hello, Hello__Output as _longshore_v1_Hello__Output } from '../../longshore/v1/Hello.ts';
import type { MachineFacts as _longshore_v1_MachineFacts, MachineFacts__Output as _longshore_v1_MachineFacts__Output } from '../../longshore/v1/MachineFacts.ts';
import type { Heartbeat as _longshore_v1_Heartbeat, Heartbeat__Output as _longshore_v1_Heartbeat__Output } from '../../longshore/v1/Heartbeat.ts';
import type { PodReport as _longshore_v1_PodReport, PodReport__Output as _longshore_v1_PodReport__Output } from '../../longshore/v1/PodReport.ts';
import type { PodGone as _longshore_v1_PodGone, PodGone__Output as _longshore_v1_PodGone__Output } from '../../longshore/v1/PodGone.ts';
import type { PodEvent as _longshore_v1_PodEvent, PodEvent__Output as _longshore_v1_PodEvent__Output } from '../../longshore/v1/PodEvent.ts';
import type { MetricsReport as _longshore_v1_MetricsReport, MetricsReport__Output as _longshore_v1_MetricsReport__Output } from '../../longshore/v1/MetricsReport.ts';
import type { MachineImages as _longshore_v1_MachineImages, MachineImages__Output as _longshore_v1_MachineImages__Output } from '../../longshore/v1/MachineImages.ts';
import type { StatsReport as _longshore_v1_StatsReport, StatsReport__Output as _longshore_v1_StatsReport__Output } from '../../longshore/v1/StatsReport.ts';

export interface AgentMessage {
  'hello'?: (_longshore_v1_Hello | null);
  'facts'?: (_longshore_v1_MachineFacts | null);
  'heartbeat'?: (_longshore_v1_Heartbeat | null);
  'report'?: (_longshore_v1_PodReport | null);
  'gone'?: (_longshore_v1_PodGone | null);
  'event'?: (_longshore_v1_PodEvent | null);
  'metrics'?: (_longshore_v1_MetricsReport | null);
  'images'?: (_longshore_v1_MachineImages | null);
  'stats'?: (_longshore_v1_StatsReport | null);
  'body'?: "hello"|"facts"|"heartbeat"|"report"|"gone"|"event"|"metrics"|"images"|"stats";
}

export interface AgentMessage__Output {
  'hello'?: (_longshore_v1_Hello__Output | null);
  'facts'?: (_longshore_v1_MachineFacts__Output | null);
  'heartbeat'?: (_longshore_v1_Heartbeat__Output | null);
  'report'?: (_longshore_v1_PodReport__Output | null);
  'gone'?: (_longshore_v1_PodGone__Output | null);
  'event'?: (_longshore_v1_PodEvent__Output | null);
  'metrics'?: (_longshore_v1_MetricsReport__Output | null);
  'images'?: (_longshore_v1_MachineImages__Output | null);
  'stats'?: (_longshore_v1_StatsReport__Output | null);
  'body'?: "hello"|"facts"|"heartbeat"|"report"|"gone"|"event"|"metrics"|"images"|"stats";
}
