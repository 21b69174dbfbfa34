// Original file: longshore/v1/session.proto

import type { Long } from '@grpc/proto-loader';

export interface FilesystemStats {
  'capacityBytes'?: (number | string | Long);
  'availableBytes'?: (number | string | Long);
}

export interface FilesystemStats__Output {
  'capacityBytes': (number);
  'availableBytes': (number);
}
