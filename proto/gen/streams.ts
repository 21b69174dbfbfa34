import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { StreamBegin as _longshore_v1_StreamBegin, StreamBegin__Output as _longshore_v1_StreamBegin__Output } from './longshore/v1/StreamBegin.ts';
import type { StreamEnd as _longshore_v1_StreamEnd, StreamEnd__Output as _longshore_v1_StreamEnd__Output } from './longshore/v1/StreamEnd.ts';
import type { StreamEof as _longshore_v1_StreamEof, StreamEof__Output as _longshore_v1_StreamEof__Output } from './longshore/v1/StreamEof.ts';
import type { StreamFrame as _longshore_v1_StreamFrame, StreamFrame__Output as _longshore_v1_StreamFrame__Output } from './longshore/v1/StreamFrame.ts';
import type { StreamOpened as _longshore_v1_StreamOpened, StreamOpened__Output as _longshore_v1_StreamOpened__Output } from './longshore/v1/StreamOpened.ts';
import type { StreamsClient as _longshore_v1_StreamsClient, StreamsDefinition as _longshore_v1_StreamsDefinition } from './longshore/v1/Streams.ts';
import type { TerminalSize as _longshore_v1_TerminalSize, TerminalSize__Output as _longshore_v1_TerminalSize__Output } from './longshore/v1/TerminalSize.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  longshore: {
    v1: {
      StreamBegin: MessageTypeDefinition<_longshore_v1_StreamBegin, _longshore_v1_StreamBegin__Output>
      StreamEnd: MessageTypeDefinition<_longshore_v1_StreamEnd, _longshore_v1_StreamEnd__Output>
      StreamEof: MessageTypeDefinition<_longshore_v1_StreamEof, _longshore_v1_StreamEof__Output>
      StreamFrame: MessageTypeDefinition<_longshore_v1_StreamFrame, _longshore_v1_StreamFrame__Output>
      StreamOpened: MessageTypeDefinition<_longshore_v1_StreamOpened, _longshore_v1_StreamOpened__Output>
      StreamResult: EnumTypeDefinition
      Streams: SubtypeConstructor<typeof grpc.Client, _longshore_v1_StreamsClient> & { service: _longshore_v1_StreamsDefinition }
      TerminalSize: MessageTypeDefinition<_longshore_v1_TerminalSize, _longshore_v1_TerminalSize__Output>
    }
  }
}

