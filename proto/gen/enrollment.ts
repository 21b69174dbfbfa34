import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { EnrollmentClient as _longshore_v1_EnrollmentClient, EnrollmentDefinition as _longshore_v1_EnrollmentDefinition } from './longshore/v1/Enrollment.ts';
import type { JoinRequest as _longshore_v1_JoinRequest, JoinRequest__Output as _longshore_v1_JoinRequest__Output } from './longshore/v1/JoinRequest.ts';
import type { JoinResponse as _longshore_v1_JoinResponse, JoinResponse__Output as _longshore_v1_JoinResponse__Output } from './longshore/v1/JoinResponse.ts';
import type { RenewRequest as _longshore_v1_RenewRequest, RenewRequest__Output as _longshore_v1_RenewRequest__Output } from './longshore/v1/RenewRequest.ts';
import type { RenewResponse as _longshore_v1_RenewResponse, RenewResponse__Output as _longshore_v1_RenewResponse__Output } from './longshore/v1/RenewResponse.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  longshore: {
    v1: {
      Enrollment: SubtypeConstructor<typeof grpc.Client, _longshore_v1_EnrollmentClient> & { service: _longshore_v1_EnrollmentDefinition }
      JoinRequest: MessageTypeDefinition<_longshore_v1_JoinRequest, _longshore_v1_JoinRequest__Output>
      JoinResponse: MessageTypeDefinition<_longshore_v1_JoinResponse, _longshore_v1_JoinResponse__Output>
      RenewRequest: MessageTypeDefinition<_longshore_v1_RenewRequest, _longshore_v1_RenewRequest__Output>
      RenewResponse: MessageTypeDefinition<_longshore_v1_RenewResponse, _longshore_v1_RenewResponse__Output>
    }
  }
}

