// The answer to an agent whose session is not accepted. One whose Agent object is no more, or was declared gone, is told that
// it is removed, so that it stops its pods; the API server itself is asked first. All others hear the error alone, which
// stops nothing.
import type { AgentIdentity } from '../../common/agent-identity.ts';
import { describeError, errorCode } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import type { AgentDirectory } from './agent-directory.ts';
import { grpcStatus } from './grpc-error.ts';
import { certifiedAgent } from './peer.ts';
import type { SessionCall } from './session.ts';

export interface RefusalContext {
  readonly directory: Pick<AgentDirectory, 'isRemoved'>;
  /** Of the term in which it is refused; undefined: this controller does not lead. */
  readonly epoch: number | undefined;
  /** Throws when this peer asks too often. */
  readonly admit: () => void;
  readonly log: Log;
}

export async function refuseSession(
  call: SessionCall,
  error: unknown,
  context: RefusalContext,
): Promise<void> {
  const { epoch, log } = context;
  const identity = certifiedAgent(call)?.identity;
  const isRevoked = identity !== undefined && errorCode(error) === 'unauthenticated';
  if (isRevoked && epoch !== undefined && (await isRemoved(identity, context))) {
    log.info({ agent: identity.name, uid: identity.uid }, 'a removed agent called and is told so');
    call.write({ removed: { epoch, reason: describeError(error) } });
  }
  call.emit('error', grpcStatus(error));
}

async function isRemoved(agent: AgentIdentity, { directory, admit, log }: RefusalContext): Promise<boolean> {
  try {
    admit();
    return await directory.isRemoved(agent);
  } catch (error) {
    log.debug({ agent: agent.name, reason: describeError(error) }, 'not known whether the agent is removed');
    return false;
  }
}
