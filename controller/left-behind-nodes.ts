// Nodes of machines from before --node-name was another: no owner of theirs goes, so that the cluster's garbage collector lets
// them be. One is deleted as soon as the cluster says that nobody keeps it; what fails is tried again.
import type { Clock } from '../common/clock.ts';
import { describeError } from '../common/errors.ts';
import type { Log } from '../common/log.ts';
import { isStatus } from './kube/api-error.ts';
import type { KubeClient } from './kube/client.ts';
import type { NodeFollower, ObservedNode } from './kube/node-follower.ts';
import { nodePath } from './kube/resource-path.ts';
import { isLeftBehind } from './model/agent-node.ts';

export interface LeftBehindNodesOptions {
  readonly client: KubeClient;
  readonly nodes: Pick<NodeFollower, 'list'>;
  /** The node of an agent; undefined: no such agent is known. */
  readonly nodeShowing: (agentUid: string) => string | undefined;
}

const LOOK_MS = 1000;
const RETRY_MS = 10_000;

/** Works until the signal aborts. */
export async function clearLeftBehind(
  { client, nodes, nodeShowing }: LeftBehindNodesOptions,
  { clock, log, signal }: { readonly clock: Clock; readonly log: Log; readonly signal: AbortSignal },
): Promise<void> {
  /** Whether it need not be tried again. */
  const remove = async ({ metadata }: ObservedNode): Promise<boolean> => {
    const { name, uid, resourceVersion } = metadata;
    // Only as it was seen: somebody may keep it now.
    const body = { preconditions: { uid, resourceVersion } };
    try {
      await client.request({ method: 'DELETE', path: nodePath(name), body, signal });
      log.info({ node: name }, 'a node that is left from another --node-name is deleted');
      return true;
    } catch (error) {
      if (signal.aborted || isStatus(error, 404) || isStatus(error, 409)) return true;
      log.warn(
        { node: name, reason: describeError(error) },
        'cannot delete a node that is left from another --node-name; trying again',
      );
      return false;
    }
  };

  while (!signal.aborted) {
    let pauseMs = LOOK_MS;
    // One after the other: there may be a thousand, and nobody waits for it.
    for (const node of nodes.list()) {
      if (signal.aborted || !isLeftBehind(node, nodeShowing)) continue;
      if (!(await remove(node))) pauseMs = RETRY_MS;
    }
    await clock.sleep(pauseMs, signal).catch(() => undefined);
  }
}
