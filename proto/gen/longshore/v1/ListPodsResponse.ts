// Original file: longshore/v1/fleet.proto

import type { PodInfo as _longshore_v1_PodInfo, PodInfo__Output as _longshore_v1_PodInfo__Output } from '../../longshore/v1/PodInfo.ts';

export interface ListPodsResponse {
  'pods'?: (_longshore_v1_PodInfo)[];
}

export interface ListPodsResponse__Output {
  'pods': (_longshore_v1_PodInfo__Output)[];
}
