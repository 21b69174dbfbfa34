// The answer to an agent whose session is not accepted. One whose Agent object is no more, or was declared gone, is told that
// it is removed, so that it stops its pods. All others hear the error alone, which stops nothing.
import { describeError, errorCode } from '../../common/errors.ts';
import { grpcStatus } from './grpc-error.ts';
import { certifiedAgent } from './peer.ts';
import { isToldRemoved, type RemovalDeps } from './removal.ts';
import type { SessionCall } from './session.ts';

export interface RefusalContext extends RemovalDeps {
  /** Of the term in which it is refused; undefined: this controller does not lead. */
  readonly epoch: number | undefined;
}

export async function refuseSession(
  call: SessionCall,
  error: unknown,
  context: RefusalContext,
): Promise<void> {
  const { epoch } = context;
  const identity = certifiedAgent(call)?.identity;
  const isRevoked = identity !== undefined && errorCode(error) === 'unauthenticated';
  if (isRevoked && epoch !== undefined && (await isToldRemoved(identity, context))) {
    call.write({ removed: { epoch, reason: describeError(error) } });
  }
  call.emit('error', grpcStatus(error));
}
