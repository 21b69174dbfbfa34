// Original file: longshore/v1/session.proto

import type { LogsRequest as _longshore_v1_LogsRequest, LogsRequest__Output as _longshore_v1_LogsRequest__Output } from '../../longshore/v1/LogsRequest.ts';
import type { ExecRequest as _longshore_v1_ExecRequest, ExecRequest__Output as _longshore_v1_ExecRequest__Output } from '../../longshore/v1/ExecRequest.ts';

/**
 * Open a Streams.Open call for this request. Unanswered for 30 s, it is given up.
 */
export interface OpenStream {
  'streamId'?: (string);
  'logs'?: (_longshore_v1_LogsRequest | null);
  'exec'?: (_longshore_v1_ExecRequest | null);
  'request'?: "logs"|"exec";
}

/**
 * Open a Streams.Open call for this request. Unanswered for 30 s, it is given up.
 */
export interface OpenStream__Output {
  'streamId': (string);
  'logs'?: (_longshore_v1_LogsRequest__Output | null);
  'exec'?: (_longshore_v1_ExecRequest__Output | null);
  'request'?: "logs"|"exec";
}
