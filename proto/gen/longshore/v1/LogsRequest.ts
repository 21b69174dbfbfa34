// Original file: longshore/v1/session.proto

import type { LogStream as _longshore_v1_LogStream, LogStream__Output as _longshore_v1_LogStream__Output } from '../../longshore/v1/LogStream.ts';
import type { Long } from '@grpc/proto-loader';

export interface LogsRequest {
  'podUid'?: (string);
  'container'?: (string);
  'follow'?: (boolean);
  'previous'?: (boolean);
  'timestamps'?: (boolean);
  /**
   * Unset, and since_seconds too: from the beginning.
   */
  'sinceTimeMs'?: (number | string | Long);
  /**
   * Unset: all lines; 0: none of the past.
   */
  'tailLines'?: (number | string | Long);
  /**
   * Unset: no limit; otherwise at least 1.
   */
  'limitBytes'?: (number | string | Long);
  'stream'?: (_longshore_v1_LogStream);
  /**
   * At least 1, and instead of since_time_ms: so long ago by the agent's own clock, which the log's times are by.
   */
  'sinceSeconds'?: (number | string | Long);
  '_sinceTimeMs'?: "sinceTimeMs";
  '_tailLines'?: "tailLines";
  '_limitBytes'?: "limitBytes";
  '_sinceSeconds'?: "sinceSeconds";
}

export interface LogsRequest__Output {
  'podUid': (string);
  'container': (string);
  'follow': (boolean);
  'previous': (boolean);
  'timestamps': (boolean);
  /**
   * Unset, and since_seconds too: from the beginning.
   */
  'sinceTimeMs'?: (number);
  /**
   * Unset: all lines; 0: none of the past.
   */
  'tailLines'?: (number);
  /**
   * Unset: no limit; otherwise at least 1.
   */
  'limitBytes'?: (number);
  'stream': (_longshore_v1_LogStream__Output);
  /**
   * At least 1, and instead of since_time_ms: so long ago by the agent's own clock, which the log's times are by.
   */
  'sinceSeconds'?: (number);
  '_sinceTimeMs'?: "sinceTimeMs";
  '_tailLines'?: "tailLines";
  '_limitBytes'?: "limitBytes";
  '_sinceSeconds'?: "sinceSeconds";
}
