// Original file: longshore/v1/fleet.proto

import type { AgentCondition as _longshore_v1_AgentCondition, AgentCondition__Output as _longshore_v1_AgentCondition__Output } from '../../longshore/v1/AgentCondition.ts';
import type { Long } from '@grpc/proto-loader';

export interface AgentHealth {
  'name'?: (string);
  'ready'?: (boolean);
  /**
   * A session is up.
   */
  'connected'?: (boolean);
  /**
   * Unix milliseconds; 0: never.
   */
  'lastSeenMs'?: (number | string | Long);
  'agentVersion'?: (string);
  /**
   * How far its clock is ahead of the controller's; unset: not told.
   */
  'clockAheadMs'?: (number | string | Long);
  /**
   * Of the Agent object.
   */
  'conditions'?: (_longshore_v1_AgentCondition)[];
  '_clockAheadMs'?: "clockAheadMs";
}

export interface AgentHealth__Output {
  'name': (string);
  'ready': (boolean);
  /**
   * A session is up.
   */
  'connected': (boolean);
  /**
   * Unix milliseconds; 0: never.
   */
  'lastSeenMs': (number);
  'agentVersion': (string);
  /**
   * How far its clock is ahead of the controller's; unset: not told.
   */
  'clockAheadMs'?: (number);
  /**
   * Of the Agent object.
   */
  'conditions': (_longshore_v1_AgentCondition__Output)[];
  '_clockAheadMs'?: "clockAheadMs";
}
