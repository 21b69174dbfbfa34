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
  /**
   * How many of those that succeeded took up to 5, 10, 25, 50, 100, 250 and 500 ms, 1, 2.5, 5 and 10 s, and longer, each in one
   * of these 12. None: not told.
   */
  'durationCounts'?: (number | string | Long)[];
  /**
   * How long these took together.
   */
  'durationUsec'?: (number | string | Long);
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
  /**
   * How many of those that succeeded took up to 5, 10, 25, 50, 100, 250 and 500 ms, 1, 2.5, 5 and 10 s, and longer, each in one
   * of these 12. None: not told.
   */
  'durationCounts': (number)[];
  /**
   * How long these took together.
   */
  'durationUsec': (number);
}
