// Original file: longshore/v1/enrollment.proto

import type { Removed as _longshore_v1_Removed, Removed__Output as _longshore_v1_Removed__Output } from '../../longshore/v1/Removed.ts';

export interface RenewResponse {
  'certificatePem'?: (string);
  'caPem'?: (string);
  /**
   * Instead of a certificate: the agent that this machine was is no longer of the fleet. Means what it means in a session.
   */
  'removed'?: (_longshore_v1_Removed | null);
}

export interface RenewResponse__Output {
  'certificatePem': (string);
  'caPem': (string);
  /**
   * Instead of a certificate: the agent that this machine was is no longer of the fleet. Means what it means in a session.
   */
  'removed': (_longshore_v1_Removed__Output | null);
}
