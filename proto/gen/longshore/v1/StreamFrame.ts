// Original file: longshore/v1/streams.proto

import type { StreamOpened as _longshore_v1_StreamOpened, StreamOpened__Output as _longshore_v1_StreamOpened__Output } from '../../longshore/v1/StreamOpened.ts';
import type { StreamEnd as _longshore_v1_StreamEnd, StreamEnd__Output as _longshore_v1_StreamEnd__Output } from '../../longshore/v1/StreamEnd.ts';
import type { StreamEof as _longshore_v1_StreamEof, StreamEof__Output as _longshore_v1_StreamEof__Output } from '../../longshore/v1/StreamEof.ts';
import type { StreamBegin as _longshore_v1_StreamBegin, StreamBegin__Output as _longshore_v1_StreamBegin__Output } from '../../longshore/v1/StreamBegin.ts';
import type { TerminalSize as _longshore_v1_TerminalSize, TerminalSize__Output as _longshore_v1_TerminalSize__Output } from '../../longshore/v1/TerminalSize.ts';

export interface StreamFrame {
  'opened'?: (_longshore_v1_StreamOpened | null);
  'data'?: (Buffer | Uint8Array | string);
  'end'?: (_longshore_v1_StreamEnd | null);
  'stderr'?: (Buffer | Uint8Array | string);
  'eof'?: (_longshore_v1_StreamEof | null);
  'begin'?: (_longshore_v1_StreamBegin | null);
  'resize'?: (_longshore_v1_TerminalSize | null);
  'body'?: "opened"|"data"|"end"|"stderr"|"eof"|"begin"|"resize";
}

export interface StreamFrame__Output {
  'opened'?: (_longshore_v1_StreamOpened__Output | null);
  'data'?: (Buffer);
  'end'?: (_longshore_v1_StreamEnd__Output | null);
  'stderr'?: (Buffer);
  'eof'?: (_longshore_v1_StreamEof__Output | null);
  'begin'?: (_longshore_v1_StreamBegin__Output | null);
  'resize'?: (_longshore_v1_TerminalSize__Output | null);
  'body'?: "opened"|"data"|"end"|"stderr"|"eof"|"begin"|"resize";
}
