// Original file: longshore/v1/session.proto

import type { CpuStats as _longshore_v1_CpuStats, CpuStats__Output as _longshore_v1_CpuStats__Output } from '../../longshore/v1/CpuStats.ts';
import type { NetworkStats as _longshore_v1_NetworkStats, NetworkStats__Output as _longshore_v1_NetworkStats__Output } from '../../longshore/v1/NetworkStats.ts';
import type { ContainerStats as _longshore_v1_ContainerStats, ContainerStats__Output as _longshore_v1_ContainerStats__Output } from '../../longshore/v1/ContainerStats.ts';
import type { VolumeStats as _longshore_v1_VolumeStats, VolumeStats__Output as _longshore_v1_VolumeStats__Output } from '../../longshore/v1/VolumeStats.ts';
import type { Long } from '@grpc/proto-loader';

export interface PodStats {
  'uid'?: (string);
  /**
   * What ended containers of the pod have used included.
   */
  'cpu'?: (_longshore_v1_CpuStats | null);
  /**
   * At most 64; none for a pod on the host's network.
   */
  'network'?: (_longshore_v1_NetworkStats)[];
  'containers'?: (_longshore_v1_ContainerStats)[];
  /**
   * How long before the report it was measured.
   */
  'ageMs'?: (number | string | Long);
  /**
   * Those that were measured, each name once. At most 256, and 10,000 in a report.
   */
  'volumes'?: (_longshore_v1_VolumeStats)[];
}

export interface PodStats__Output {
  'uid': (string);
  /**
   * What ended containers of the pod have used included.
   */
  'cpu': (_longshore_v1_CpuStats__Output | null);
  /**
   * At most 64; none for a pod on the host's network.
   */
  'network': (_longshore_v1_NetworkStats__Output)[];
  'containers': (_longshore_v1_ContainerStats__Output)[];
  /**
   * How long before the report it was measured.
   */
  'ageMs': (number);
  /**
   * Those that were measured, each name once. At most 256, and 10,000 in a report.
   */
  'volumes': (_longshore_v1_VolumeStats__Output)[];
}
