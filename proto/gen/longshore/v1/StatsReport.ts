// Original file: longshore/v1/session.proto

import type { MachineStats as _longshore_v1_MachineStats, MachineStats__Output as _longshore_v1_MachineStats__Output } from '../../longshore/v1/MachineStats.ts';
import type { PodStats as _longshore_v1_PodStats, PodStats__Output as _longshore_v1_PodStats__Output } from '../../longshore/v1/PodStats.ts';
import type { Long } from '@grpc/proto-loader';

/**
 * What the machine and its pods use, measured just now; the controller dates it by its own clock. Sent only while the
 * controller asks for it (WatchStats). At most 2,000 pods and 10,000 containers.
 */
export interface StatsReport {
  'machine'?: (_longshore_v1_MachineStats | null);
  /**
   * Those with running containers.
   */
  'pods'?: (_longshore_v1_PodStats)[];
  /**
   * Unix milliseconds on the agent's clock as it tells this; 0: not told.
   */
  'timeMs'?: (number | string | Long);
}

/**
 * What the machine and its pods use, measured just now; the controller dates it by its own clock. Sent only while the
 * controller asks for it (WatchStats). At most 2,000 pods and 10,000 containers.
 */
export interface StatsReport__Output {
  'machine': (_longshore_v1_MachineStats__Output | null);
  /**
   * Those with running containers.
   */
  'pods': (_longshore_v1_PodStats__Output)[];
  /**
   * Unix milliseconds on the agent's clock as it tells this; 0: not told.
   */
  'timeMs': (number);
}
