// Where the logs of a container come from: finds the pod, then asks the agent that holds it. What can be told without
// the agent is told here, in the kubelet's words; what depends on the container's state is for the agent to say.
import { errorCode, LongshoreError } from '../../common/errors.ts';
import { PLACED_CONDITION } from '../../common/names.ts';
import { isTerminal } from '../../common/pod.ts';
import type { AgentStream } from '../reconcile/agent-stream.ts';
import { type FoundPod, hasContainer, type PodFinder } from './found-pod.ts';
import type { LogOptions } from './log-options.ts';

export interface ContainerLogsRequest {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly options: LogOptions;
}

export interface ContainerLogs {
  /**
   * Resolves once the source has accepted the request; bytes then flow at the reader's pace. Aborting the signal or
   * returning early cancels at the source. Rejects with a LongshoreError whose message is for the caller: `not-found`,
   * `invalid` or `unavailable`.
   */
  open(request: ContainerLogsRequest, signal: AbortSignal): Promise<AsyncIterable<Buffer>>;
}

export function createContainerLogs(pods: PodFinder): ContainerLogs {
  return {
    async open(request, signal) {
      const found = pods.findPod(request.namespace, request.pod);
      if (!found) throw new LongshoreError('not-found', `pod ${quote(request.pod)} does not exist`);
      if (!hasContainer(found.pod, request.container)) {
        throw new LongshoreError(
          'not-found',
          `container ${quote(request.container)} not found in pod ${quote(request.pod)}`,
        );
      }
      if (!found.link) throw absent(found, request);
      const { uid } = found.pod.metadata;
      const logs = { podUid: uid, container: request.container, ...request.options };
      try {
        return bytesOf(await found.link.openStream({ logs }, signal));
      } catch (error) {
        // That it has no such pod: it has not heard of it yet.
        throw errorCode(error) === 'not-found' ? notThere(found, request) : error;
      }
    },
  };
}

async function* bytesOf({ output }: AgentStream): AsyncGenerator<Buffer> {
  for await (const message of output) if (message.kind === 'data') yield message.data;
}

function absent(found: FoundPod, request: ContainerLogsRequest): LongshoreError {
  if (found.agentName === undefined) return notThere(found, request);
  const away = `agent ${quote(found.agentName)} is not connected to the controller`;
  return new LongshoreError(
    'unavailable',
    `${which(request)} is not available: ${away}; its logs can be read when it is back`,
  );
}

/** No machine has the pod. */
function notThere({ pod }: FoundPod, request: ContainerLogsRequest): LongshoreError {
  if (isTerminal(pod.status) || pod.metadata.deletionTimestamp)
    return new LongshoreError('invalid', `${which(request)} is not available`);
  const waits = pod.spec.initContainers?.length ? 'PodInitializing' : 'ContainerCreating';
  const placed = pod.status?.conditions?.find(({ type }) => type === PLACED_CONDITION);
  const why = placed?.status === 'False' && placed.message ? ` (no agent yet: ${placed.message})` : '';
  return new LongshoreError('invalid', `${which(request)} is waiting to start: ${waits}${why}`);
}

function which({ container, pod }: ContainerLogsRequest): string {
  return `container ${quote(container)} in pod ${quote(pod)}`;
}

function quote(name: string): string {
  return JSON.stringify(name);
}
