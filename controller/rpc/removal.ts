// Whether an agent that is refused is to hear that it is removed, so that it stops its pods. The API server itself is asked:
// that an agent is not known here is no reason to stop anything.
import type { AgentIdentity } from '../../common/agent-identity.ts';
import { describeError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import type { AgentDirectory } from './agent-directory.ts';

export interface RemovalDeps {
  readonly directory: Pick<AgentDirectory, 'isRemoved'>;
  readonly log: Log;
}

/** Never rejects: what cannot be found out is no. */
export async function isToldRemoved(agent: AgentIdentity, { directory, log }: RemovalDeps): Promise<boolean> {
  try {
    if (!(await directory.isRemoved(agent))) return false;
    log.info({ agent: agent.name, uid: agent.uid }, 'a removed agent called and is told so');
    return true;
  } catch (error) {
    log.debug({ agent: agent.name, reason: describeError(error) }, 'not known whether the agent is removed');
    return false;
  }
}
