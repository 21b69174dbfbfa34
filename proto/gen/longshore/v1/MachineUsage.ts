// Original file: longshore/v1/session.proto

import type { Long } from '@grpc/proto-loader';

export interface MachineUsage {
  'cpuMilli'?: (number | string | Long);
  'memoryBytes'?: (number | string | Long);
}

export interface MachineUsage__Output {
  'cpuMilli': (number);
  'memoryBytes': (number);
}
