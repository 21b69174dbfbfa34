// Original file: longshore/v1/session.proto

import type { Long } from '@grpc/proto-loader';

/**
 * Counters grow from the machine's boot, or the container's start; what is unset is not known.
 */
export interface CpuStats {
  'usageUsec'?: (number | string | Long);
  /**
   * Of the time since the report before; 1,000,000,000 is one core.
   */
  'usageNanoCores'?: (number | string | Long);
  /**
   * How it divides.
   */
  'userUsec'?: (number | string | Long);
  'systemUsec'?: (number | string | Long);
  '_usageNanoCores'?: "usageNanoCores";
  '_userUsec'?: "userUsec";
  '_systemUsec'?: "systemUsec";
}

/**
 * Counters grow from the machine's boot, or the container's start; what is unset is not known.
 */
export interface CpuStats__Output {
  'usageUsec': (number);
  /**
   * Of the time since the report before; 1,000,000,000 is one core.
   */
  'usageNanoCores'?: (number);
  /**
   * How it divides.
   */
  'userUsec'?: (number);
  'systemUsec'?: (number);
  '_usageNanoCores'?: "usageNanoCores";
  '_userUsec'?: "userUsec";
  '_systemUsec'?: "systemUsec";
}
