// Original file: longshore/v1/fleet.proto

import type { AgentPin as _longshore_v1_AgentPin, AgentPin__Output as _longshore_v1_AgentPin__Output } from '../../longshore/v1/AgentPin.ts';

export interface PinImageResponse {
  /**
   * In the order of their names.
   */
  'agents'?: (_longshore_v1_AgentPin)[];
}

export interface PinImageResponse__Output {
  /**
   * In the order of their names.
   */
  'agents': (_longshore_v1_AgentPin__Output)[];
}
