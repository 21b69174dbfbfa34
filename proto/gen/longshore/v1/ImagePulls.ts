// Original file: longshore/v1/fleet.proto

import type { AgentPull as _longshore_v1_AgentPull, AgentPull__Output as _longshore_v1_AgentPull__Output } from '../../longshore/v1/AgentPull.ts';

export interface ImagePulls {
  'pulls'?: (_longshore_v1_AgentPull)[];
}

export interface ImagePulls__Output {
  'pulls': (_longshore_v1_AgentPull__Output)[];
}
