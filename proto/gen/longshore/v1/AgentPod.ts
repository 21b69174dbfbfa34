// Original file: longshore/v1/fleet.proto

import type { PodInfo as _longshore_v1_PodInfo, PodInfo__Output as _longshore_v1_PodInfo__Output } from '../../longshore/v1/PodInfo.ts';

export interface AgentPod {
  'pod'?: (_longshore_v1_PodInfo | null);
  'requests'?: ({[key: string]: string});
}

export interface AgentPod__Output {
  'pod': (_longshore_v1_PodInfo__Output | null);
  'requests': ({[key: string]: string});
}
