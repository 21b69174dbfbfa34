// Original file: longshore/v1/fleet.proto

import type { AgentInfo as _longshore_v1_AgentInfo, AgentInfo__Output as _longshore_v1_AgentInfo__Output } from '../../longshore/v1/AgentInfo.ts';

export interface AgentsChange {
  'changed'?: (_longshore_v1_AgentInfo)[];
  /**
   * As they were last.
   */
  'gone'?: (_longshore_v1_AgentInfo)[];
}

export interface AgentsChange__Output {
  'changed': (_longshore_v1_AgentInfo__Output)[];
  /**
   * As they were last.
   */
  'gone': (_longshore_v1_AgentInfo__Output)[];
}
