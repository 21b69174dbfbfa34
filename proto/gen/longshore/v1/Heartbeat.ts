// Original file: longshore/v1/session.proto

import type { MachineUsage as _longshore_v1_MachineUsage, MachineUsage__Output as _longshore_v1_MachineUsage__Output } from '../../longshore/v1/MachineUsage.ts';
import type { OwnerReading as _longshore_v1_OwnerReading, OwnerReading__Output as _longshore_v1_OwnerReading__Output } from '../../longshore/v1/OwnerReading.ts';
import type { Long } from '@grpc/proto-loader';

export interface Heartbeat {
  /**
   * Unix milliseconds on the agent's clock; 0: not told.
   */
  'timeMs'?: (number | string | Long);
  /**
   * What the machine as a whole uses, whoever uses it. Unset: not told.
   */
  'usage'?: (_longshore_v1_MachineUsage | null);
  /**
   * What matters to the machine's owner. Unset: not told.
   */
  'owner'?: (_longshore_v1_OwnerReading | null);
  '_usage'?: "usage";
  '_owner'?: "owner";
}

export interface Heartbeat__Output {
  /**
   * Unix milliseconds on the agent's clock; 0: not told.
   */
  'timeMs': (number);
  /**
   * What the machine as a whole uses, whoever uses it. Unset: not told.
   */
  'usage'?: (_longshore_v1_MachineUsage__Output | null);
  /**
   * What matters to the machine's owner. Unset: not told.
   */
  'owner'?: (_longshore_v1_OwnerReading__Output | null);
  '_usage'?: "usage";
  '_owner'?: "owner";
}
