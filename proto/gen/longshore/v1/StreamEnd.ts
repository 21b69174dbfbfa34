// Original file: longshore/v1/streams.proto

import type { StreamResult as _longshore_v1_StreamResult, StreamResult__Output as _longshore_v1_StreamResult__Output } from '../../longshore/v1/StreamResult.ts';

export interface StreamEnd {
  'result'?: (_longshore_v1_StreamResult);
  /**
   * For people; as the kubelet words it. Empty when the result is OK.
   */
  'message'?: (string);
  /**
   * Of a command that has ended by itself, 0 to 255.
   */
  'exitCode'?: (number);
  '_exitCode'?: "exitCode";
}

export interface StreamEnd__Output {
  'result': (_longshore_v1_StreamResult__Output);
  /**
   * For people; as the kubelet words it. Empty when the result is OK.
   */
  'message': (string);
  /**
   * Of a command that has ended by itself, 0 to 255.
   */
  'exitCode'?: (number);
  '_exitCode'?: "exitCode";
}
