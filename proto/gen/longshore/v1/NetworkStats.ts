// Original file: longshore/v1/session.proto

import type { Long } from '@grpc/proto-loader';

export interface NetworkStats {
  /**
   * Such as "eth0".
   */
  'interface'?: (string);
  'rxBytes'?: (number | string | Long);
  'rxErrors'?: (number | string | Long);
  'rxPackets'?: (number | string | Long);
  'rxDropped'?: (number | string | Long);
  'txBytes'?: (number | string | Long);
  'txErrors'?: (number | string | Long);
  'txPackets'?: (number | string | Long);
  'txDropped'?: (number | string | Long);
}

export interface NetworkStats__Output {
  /**
   * Such as "eth0".
   */
  'interface': (string);
  'rxBytes': (number);
  'rxErrors': (number);
  'rxPackets': (number);
  'rxDropped': (number);
  'txBytes': (number);
  'txErrors': (number);
  'txPackets': (number);
  'txDropped': (number);
}
