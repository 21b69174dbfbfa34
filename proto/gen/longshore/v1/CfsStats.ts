// Original file: longshore/v1/session.proto

import type { Long } from '@grpc/proto-loader';

/**
 * How the kernel has held a container to the share of CPU time that it may have.
 */
export interface CfsStats {
  'periods'?: (number | string | Long);
  'throttledPeriods'?: (number | string | Long);
  'throttledUsec'?: (number | string | Long);
}

/**
 * How the kernel has held a container to the share of CPU time that it may have.
 */
export interface CfsStats__Output {
  'periods': (number);
  'throttledPeriods': (number);
  'throttledUsec': (number);
}
