// Original file: longshore/v1/fleet.proto

import type { KeptPod as _longshore_v1_KeptPod, KeptPod__Output as _longshore_v1_KeptPod__Output } from '../../longshore/v1/KeptPod.ts';
import type { Long } from '@grpc/proto-loader';

export interface Clearing {
  /**
   * No pod is left that is to leave.
   */
  'done'?: (boolean);
  /**
   * How many are.
   */
  'left'?: (number);
  /**
   * Those that could not be evicted yet, by a PodDisruptionBudget mostly; they are tried again.
   */
  'held'?: (_longshore_v1_KeptPod)[];
  /**
   * Those that `force` and the like would be needed for; nothing is evicted while there are any.
   */
  'refused'?: (_longshore_v1_KeptPod)[];
  /**
   * Nothing is heard of the agent, so that its pods cannot end.
   */
  'unreachable'?: (boolean);
  /**
   * Of the Agent object that it is about.
   */
  'generation'?: (number | string | Long);
}

export interface Clearing__Output {
  /**
   * No pod is left that is to leave.
   */
  'done': (boolean);
  /**
   * How many are.
   */
  'left': (number);
  /**
   * Those that could not be evicted yet, by a PodDisruptionBudget mostly; they are tried again.
   */
  'held': (_longshore_v1_KeptPod__Output)[];
  /**
   * Those that `force` and the like would be needed for; nothing is evicted while there are any.
   */
  'refused': (_longshore_v1_KeptPod__Output)[];
  /**
   * Nothing is heard of the agent, so that its pods cannot end.
   */
  'unreachable': (boolean);
  /**
   * Of the Agent object that it is about.
   */
  'generation': (number);
}
