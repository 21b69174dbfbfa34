// Original file: longshore/v1/session.proto

import type { Long } from '@grpc/proto-loader';

export interface FilesystemStats {
  'capacityBytes'?: (number | string | Long);
  'availableBytes'?: (number | string | Long);
  /**
   * Unset where the file system has no fixed number of them.
   */
  'inodes'?: (number | string | Long);
  'freeInodes'?: (number | string | Long);
  '_inodes'?: "inodes";
  '_freeInodes'?: "freeInodes";
}

export interface FilesystemStats__Output {
  'capacityBytes': (number);
  'availableBytes': (number);
  /**
   * Unset where the file system has no fixed number of them.
   */
  'inodes'?: (number);
  'freeInodes'?: (number);
  '_inodes'?: "inodes";
  '_freeInodes'?: "freeInodes";
}
