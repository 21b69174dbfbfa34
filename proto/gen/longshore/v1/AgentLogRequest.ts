// Original file: longshore/v1/session.proto

import type { Long } from '@grpc/proto-loader';

/**
 * The agent's own log, as much of it as it keeps: lines of JSON.
 */
export interface AgentLogRequest {
  'follow'?: (boolean);
  /**
   * Unset: all lines.
   */
  'tailLines'?: (number | string | Long);
  '_tailLines'?: "tailLines";
}

/**
 * The agent's own log, as much of it as it keeps: lines of JSON.
 */
export interface AgentLogRequest__Output {
  'follow': (boolean);
  /**
   * Unset: all lines.
   */
  'tailLines'?: (number);
  '_tailLines'?: "tailLines";
}
