// Original file: longshore/v1/fleet.proto

import type { AgentInfo as _longshore_v1_AgentInfo, AgentInfo__Output as _longshore_v1_AgentInfo__Output } from '../../longshore/v1/AgentInfo.ts';
import type { AgentPod as _longshore_v1_AgentPod, AgentPod__Output as _longshore_v1_AgentPod__Output } from '../../longshore/v1/AgentPod.ts';
import type { Clearing as _longshore_v1_Clearing, Clearing__Output as _longshore_v1_Clearing__Output } from '../../longshore/v1/Clearing.ts';

export interface AgentDetails {
  'agent'?: (_longshore_v1_AgentInfo | null);
  /**
   * The Agent object as JSON, its status as new as the controller knows it.
   */
  'objectJson'?: (Buffer | Uint8Array | string);
  /**
   * The pods placed on it that have not gone.
   */
  'pods'?: (_longshore_v1_AgentPod)[];
  /**
   * How far the clearing of the agent is, while it is drained or removed.
   */
  'clearing'?: (_longshore_v1_Clearing | null);
}

export interface AgentDetails__Output {
  'agent': (_longshore_v1_AgentInfo__Output | null);
  /**
   * The Agent object as JSON, its status as new as the controller knows it.
   */
  'objectJson': (Buffer);
  /**
   * The pods placed on it that have not gone.
   */
  'pods': (_longshore_v1_AgentPod__Output)[];
  /**
   * How far the clearing of the agent is, while it is drained or removed.
   */
  'clearing': (_longshore_v1_Clearing__Output | null);
}
