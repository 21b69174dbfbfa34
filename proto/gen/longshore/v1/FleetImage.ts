// Original file: longshore/v1/fleet.proto

import type { Long } from '@grpc/proto-loader';

export interface FleetImage {
  /**
   * Whole, such as docker.io/library/busybox:1.36.
   */
  'name'?: (string);
  /**
   * The largest, where agents differ; 0: pinned, and held by none.
   */
  'sizeBytes'?: (number | string | Long);
  /**
   * That hold it, and on which it is pinned; in the order of their names.
   */
  'agents'?: (string)[];
  'pinnedOn'?: (string)[];
}

export interface FleetImage__Output {
  /**
   * Whole, such as docker.io/library/busybox:1.36.
   */
  'name': (string);
  /**
   * The largest, where agents differ; 0: pinned, and held by none.
   */
  'sizeBytes': (number);
  /**
   * That hold it, and on which it is pinned; in the order of their names.
   */
  'agents': (string)[];
  'pinnedOn': (string)[];
}
