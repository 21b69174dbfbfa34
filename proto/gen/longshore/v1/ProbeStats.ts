// Original file: longshore/v1/session.proto

import type { Long } from '@grpc/proto-loader';

/**
 * How often the probe has come to each result since the pod's start, or the agent's where that was later.
 */
export interface ProbeStats {
  /**
   * "liveness", "readiness" or "startup".
   */
  'type'?: (string);
  'successful'?: (number | string | Long);
  'failed'?: (number | string | Long);
  /**
   * It could not be made.
   */
  'unknown'?: (number | string | Long);
}

/**
 * How often the probe has come to each result since the pod's start, or the agent's where that was later.
 */
export interface ProbeStats__Output {
  /**
   * "liveness", "readiness" or "startup".
   */
  'type': (string);
  'successful': (number);
  'failed': (number);
  /**
   * It could not be made.
   */
  'unknown': (number);
}
