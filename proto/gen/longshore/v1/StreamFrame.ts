// Original file: longshore/v1/streams.proto

import type { StreamOpened as _longshore_v1_StreamOpened, StreamOpened__Output as _longshore_v1_StreamOpened__Output } from '../../longshore/v1/StreamOpened.ts';
import type { StreamEnd as _longshore_v1_StreamEnd, StreamEnd__Output as _longshore_v1_StreamEnd__Output } from '../../longshore/v1/StreamEnd.ts';

export interface StreamFrame {
  'opened'?: (_longshore_v1_StreamOpened | null);
  'data'?: (Buffer | Uint8Array | string);
  'end'?: (_longshore_v1_StreamEnd | null);
  'body'?: "opened"|"data"|"end";
}

export interface StreamFrame__Output {
  'opened'?: (_longshore_v1_StreamOpened__Output | null);
  'data'?: (Buffer);
  'end'?: (_longshore_v1_StreamEnd__Output | null);
  'body'?: "opened"|"data"|"end";
}
