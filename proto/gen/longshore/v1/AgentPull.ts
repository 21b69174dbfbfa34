// Original file: longshore/v1/fleet.proto

import type { AgentPullState as _longshore_v1_AgentPullState, AgentPullState__Output as _longshore_v1_AgentPullState__Output } from '../../longshore/v1/AgentPullState.ts';
import type { Long } from '@grpc/proto-loader';

export interface AgentPull {
  'agent'?: (string);
  'state'?: (_longshore_v1_AgentPullState);
  /**
   * Of the layers whose size is known by now.
   */
  'doneBytes'?: (number | string | Long);
  'totalBytes'?: (number | string | Long);
  /**
   * Why it has failed.
   */
  'message'?: (string);
  /**
   * Once it is done: of the image, and whether it was there already.
   */
  'sizeBytes'?: (number | string | Long);
  'wasHere'?: (boolean);
}

export interface AgentPull__Output {
  'agent': (string);
  'state': (_longshore_v1_AgentPullState__Output);
  /**
   * Of the layers whose size is known by now.
   */
  'doneBytes': (number);
  'totalBytes': (number);
  /**
   * Why it has failed.
   */
  'message': (string);
  /**
   * Once it is done: of the image, and whether it was there already.
   */
  'sizeBytes': (number);
  'wasHere': (boolean);
}
