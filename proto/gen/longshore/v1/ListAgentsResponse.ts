// Original file: longshore/v1/fleet.proto

import type { AgentInfo as _longshore_v1_AgentInfo, AgentInfo__Output as _longshore_v1_AgentInfo__Output } from '../../longshore/v1/AgentInfo.ts';

export interface ListAgentsResponse {
  'agents'?: (_longshore_v1_AgentInfo)[];
}

export interface ListAgentsResponse__Output {
  'agents': (_longshore_v1_AgentInfo__Output)[];
}
