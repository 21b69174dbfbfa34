// Original file: longshore/v1/fleet.proto

import type { PodInfo as _longshore_v1_PodInfo, PodInfo__Output as _longshore_v1_PodInfo__Output } from '../../longshore/v1/PodInfo.ts';

export interface PodsChange {
  'changed'?: (_longshore_v1_PodInfo)[];
  'gone'?: (_longshore_v1_PodInfo)[];
}

export interface PodsChange__Output {
  'changed': (_longshore_v1_PodInfo__Output)[];
  'gone': (_longshore_v1_PodInfo__Output)[];
}
