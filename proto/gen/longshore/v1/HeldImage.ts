// Original file: longshore/v1/session.proto

import type { Long } from '@grpc/proto-loader';

export interface HeldImage {
  /**
   * Digests, then tags, as the engine names them; at most 5.
   */
  'names'?: (string)[];
  'sizeBytes'?: (number | string | Long);
}

export interface HeldImage__Output {
  /**
   * Digests, then tags, as the engine names them; at most 5.
   */
  'names': (string)[];
  'sizeBytes': (number);
}
