// Original file: longshore/v1/session.proto

import type { FilesystemStats as _longshore_v1_FilesystemStats, FilesystemStats__Output as _longshore_v1_FilesystemStats__Output } from '../../longshore/v1/FilesystemStats.ts';
import type { Long } from '@grpc/proto-loader';

/**
 * As it was measured last, which may be minutes ago.
 */
export interface VolumeStats {
  /**
   * Of the pod's spec.
   */
  'name'?: (string);
  'usedBytes'?: (number | string | Long);
  'usedInodes'?: (number | string | Long);
  /**
   * On which it lies, whoever uses it.
   */
  'filesystem'?: (_longshore_v1_FilesystemStats | null);
  '_usedInodes'?: "usedInodes";
}

/**
 * As it was measured last, which may be minutes ago.
 */
export interface VolumeStats__Output {
  /**
   * Of the pod's spec.
   */
  'name': (string);
  'usedBytes': (number);
  'usedInodes'?: (number);
  /**
   * On which it lies, whoever uses it.
   */
  'filesystem': (_longshore_v1_FilesystemStats__Output | null);
  '_usedInodes'?: "usedInodes";
}
