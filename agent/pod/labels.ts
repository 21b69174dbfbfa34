// The Docker labels of a pod's containers: who they belong to and what a restarted agent must know of them. Enough to
// stop a pod whose object is gone, and to go on with its restart backoff.
import type { Pod } from '../../common/pod.ts';

/** Whose container this is; an agent looks at no other. */
export const AGENT_UID_LABEL = 'longshore.dev/agent-uid';

export const POD_UID_LABEL = 'io.kubernetes.pod.uid';

const POD_NAME = 'io.kubernetes.pod.name';
const POD_NAMESPACE = 'io.kubernetes.pod.namespace';
const CONTAINER_NAME = 'io.kubernetes.container.name';
const RESTART_COUNT = 'io.kubernetes.container.restartCount';
const HASH = 'io.kubernetes.container.hash';
const GRACE = 'io.kubernetes.pod.terminationGracePeriod';
const KIND = 'io.kubernetes.docker.type';
const SANDBOX = 'podsandbox';
/** As Docker's filters take it. */
export const IS_SANDBOX = `${KIND}=${SANDBOX}`;
const SANDBOX_ID = 'io.kubernetes.sandbox.id';
const RESTART_DELAY = 'longshore.dev/restart-delay-seconds';
const ROUND = 'longshore.dev/round';

export interface ContainerIdentity {
  readonly agentUid: string;
  readonly podUid: string;
  readonly podName: string;
  readonly podNamespace: string;
  /** `POD` for the sandbox. */
  readonly container: string;
  readonly attempt: number;
  /** Of the definition it was made from; empty for the sandbox. */
  readonly hash: string;
  /** The sandbox it lives in; empty for a sandbox. */
  readonly sandboxId: string;
  /** How long to wait after its exit before the next attempt. */
  readonly restartDelayMs: number;
  /** How often all containers of the pod had started anew when it was made; undefined: never. */
  readonly round?: number;
}

export function containerLabels(pod: Pod, identity: ContainerIdentity): Record<string, string> {
  const sandbox = identity.sandboxId === '';
  return {
    ...(sandbox ? pod.metadata.labels : {}),
    [POD_NAME]: identity.podName,
    [POD_NAMESPACE]: identity.podNamespace,
    [POD_UID_LABEL]: identity.podUid,
    [CONTAINER_NAME]: identity.container,
    [RESTART_COUNT]: String(identity.attempt),
    [GRACE]: String(pod.spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS),
    [KIND]: sandbox ? SANDBOX : 'container',
    ...(sandbox
      ? {}
      : {
          [HASH]: identity.hash,
          [SANDBOX_ID]: identity.sandboxId,
          [RESTART_DELAY]: String(identity.restartDelayMs / 1000),
          ...(identity.round ? { [ROUND]: String(identity.round) } : {}),
        }),
    [AGENT_UID_LABEL]: identity.agentUid,
  };
}

export const DEFAULT_GRACE_SECONDS = 30;

/** Undefined when the labels are not those of a pod's container. */
export function parseContainerLabels(
  labels: Readonly<Record<string, string>>,
): ContainerIdentity | undefined {
  const agentUid = labels[AGENT_UID_LABEL];
  const podUid = labels[POD_UID_LABEL];
  const container = labels[CONTAINER_NAME];
  const attempt = Number(labels[RESTART_COUNT] ?? Number.NaN);
  if (!agentUid || !podUid || !container || !Number.isInteger(attempt) || attempt < 0) return undefined;
  const restartDelayMs = Number(labels[RESTART_DELAY] ?? 0) * 1000;
  const round = Number(labels[ROUND] ?? 0);
  return {
    agentUid,
    podUid,
    podName: labels[POD_NAME] ?? '',
    podNamespace: labels[POD_NAMESPACE] ?? '',
    container,
    attempt,
    hash: labels[HASH] ?? '',
    sandboxId: labels[SANDBOX_ID] ?? '',
    restartDelayMs: Number.isFinite(restartDelayMs) ? Math.max(0, restartDelayMs) : 0,
    ...(Number.isSafeInteger(round) && round > 0 ? { round } : {}),
  };
}
