// Original file: longshore/v1/session.proto

import type { Long } from '@grpc/proto-loader';

export interface PodEventAck {
  /**
   * Every event up to and including this one is recorded.
   */
  'sequence'?: (number | string | Long);
}

export interface PodEventAck__Output {
  /**
   * Every event up to and including this one is recorded.
   */
  'sequence': (number);
}
