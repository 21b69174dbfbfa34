// The virtual node's heartbeat: its Lease in kube-node-lease, renewed every 10 s for as long as the controller is
// healthy. When it stops, Kubernetes takes the node for dead. The owner reference always names the node's present UID,
// or the garbage collector would delete the Lease of a node made anew for ever.
import { backoff } from '../../common/backoff.ts';
import type { Clock } from '../../common/clock.ts';
import { describeError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import { createWake } from '../../common/wake.ts';
import { isStatus } from './api-error.ts';
import type { KubeClient } from './client.ts';
import { type Lease, microTime } from './lease.ts';
import { leasePath } from './resource-path.ts';

export interface NodeLeaseOptions {
  readonly client: KubeClient;
  readonly nodeName: string;
  /** Of the Node as it is now; undefined while there is none. */
  readonly nodeUid: () => string | undefined;
  /** Whether this controller does its work; asked before every renewal. */
  readonly healthy: () => boolean;
}

export interface NodeLease {
  /** The node was made, or made anew: its Lease is to name it at once. */
  nodeChanged(): void;
  /** Works until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

const NAMESPACE = 'kube-node-lease';
const LEASE_SECONDS = 40;
const RENEW_MS = 10_000;
const RENEW_JITTER = 0.04;
const WAIT_FOR_NODE_MS = 1000;
const CONFLICT_TRIES = 5;

export function createNodeLease(
  options: NodeLeaseOptions,
  { clock, log, random = Math.random }: { clock: Clock; log: Log; random?: () => number },
): NodeLease {
  const { client, nodeName } = options;
  const wake = createWake(clock);
  let held: Lease | undefined;

  const read = async (signal: AbortSignal): Promise<Lease | undefined> => {
    try {
      return await client.request<Lease>({ method: 'GET', path: leasePath(NAMESPACE, nodeName), signal });
    } catch (error) {
      if (isStatus(error, 404)) return undefined;
      throw error;
    }
  };
  const write = (current: Lease | undefined, uid: string, signal: AbortSignal): Promise<Lease> =>
    client.request<Lease>({
      ...(current
        ? { method: 'PUT', path: leasePath(NAMESPACE, nodeName) }
        : { method: 'POST', path: leasePath(NAMESPACE) }),
      body: renewed(current, { nodeName, uid, nowMs: clock.now() }),
      signal,
    });
  const renew = async (uid: string, signal: AbortSignal): Promise<void> => {
    for (let tries = 1; ; tries++) {
      try {
        held = await write(held ?? (await read(signal)), uid, signal);
        return;
      } catch (error) {
        held = undefined;
        const changed = isStatus(error, 409) || isStatus(error, 404);
        if (!changed || tries >= CONFLICT_TRIES) throw error;
      }
    }
  };

  return {
    nodeChanged: () => wake.raise(),
    async run(signal) {
      const fresh = backoff({ initialMs: 100, maxMs: 7000 });
      let pause = fresh;
      let wasHealthy = true;
      while (!signal.aborted) {
        const uid = options.nodeUid();
        const isHealthy = options.healthy();
        let waitMs = WAIT_FOR_NODE_MS;
        if (wasHealthy !== isHealthy) {
          log.warn(
            { node: nodeName, healthy: isHealthy },
            isHealthy ? 'the node Lease is renewed again' : 'not healthy: the node Lease is left to lapse',
          );
        }
        wasHealthy = isHealthy;
        if (uid !== undefined && isHealthy) {
          try {
            await renew(uid, signal);
            pause = fresh;
            waitMs = RENEW_MS * (1 + RENEW_JITTER * (2 * random() - 1));
          } catch (error) {
            if (signal.aborted) return;
            log.warn(
              { node: nodeName, error: describeError(error) },
              'cannot renew the node Lease; trying again',
            );
            waitMs = pause.delayMs;
            pause = pause.next();
          }
        }
        await wake.wait(waitMs, signal);
      }
    },
  };
}

function renewed(
  current: Lease | undefined,
  { nodeName, uid, nowMs }: { nodeName: string; uid: string; nowMs: number },
): Lease {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      ...current?.metadata,
      name: nodeName,
      namespace: NAMESPACE,
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: nodeName, uid }],
    },
    spec: {
      ...current?.spec,
      holderIdentity: nodeName,
      leaseDurationSeconds: LEASE_SECONDS,
      renewTime: microTime(nowMs),
    },
  };
}
