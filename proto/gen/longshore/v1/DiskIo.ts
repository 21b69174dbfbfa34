// Original file: longshore/v1/session.proto

import type { Long } from '@grpc/proto-loader';

/**
 * What a container has read from and written to one disk.
 */
export interface DiskIo {
  'major'?: (number);
  'minor'?: (number);
  /**
   * Such as "sda"; empty: not known.
   */
  'device'?: (string);
  'readBytes'?: (number | string | Long);
  'writeBytes'?: (number | string | Long);
  'reads'?: (number | string | Long);
  'writes'?: (number | string | Long);
  '_reads'?: "reads";
  '_writes'?: "writes";
}

/**
 * What a container has read from and written to one disk.
 */
export interface DiskIo__Output {
  'major': (number);
  'minor': (number);
  /**
   * Such as "sda"; empty: not known.
   */
  'device': (string);
  'readBytes': (number);
  'writeBytes': (number);
  'reads'?: (number);
  'writes'?: (number);
  '_reads'?: "reads";
  '_writes'?: "writes";
}
