// Original file: longshore/v1/session.proto

import type { Long } from '@grpc/proto-loader';

export interface Heartbeat {
  /**
   * Unix milliseconds on the agent's clock; 0: not told.
   */
  'timeMs'?: (number | string | Long);
}

export interface Heartbeat__Output {
  /**
   * Unix milliseconds on the agent's clock; 0: not told.
   */
  'timeMs': (number);
}
