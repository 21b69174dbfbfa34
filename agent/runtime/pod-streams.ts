// The byte streams of this agent's pods: finds the container a request means, in the kubelet's words when there is none,
// and lets Docker serve it.
import { availableParallelism } from 'node:os';
import type { Clock } from '../../common/clock.ts';
import { LongshoreError } from '../../common/errors.ts';
import { Turns } from '../../common/turns.ts';
import type { StreamHost } from '../link/stream-host.ts';
import { logSource } from '../pod/log-source.ts';
import { findMember } from '../pod/pod-containers.ts';
import type { PodRecord } from '../pod/pod-record.ts';
import { runningContainer } from '../pod/running-container.ts';
import { openAttach } from './attach.ts';
import type { DockerClients } from './docker-clients.ts';
import { openExec } from './exec.ts';
import type { OpenContainerLogs } from './last-words.ts';
import { type DialPod, openPortForward } from './port-forward.ts';

export interface PodStreamsDeps {
  /** Undefined when this agent has no such pod. */
  readonly findPod: (uid: string) => Pick<PodRecord, 'pod' | 'status'> | undefined;
  readonly openContainerLogs: OpenContainerLogs;
  readonly docker: DockerClients;
  readonly dial: DialPod;
  readonly clock: Clock;
}

const ONLY = {
  LOG_STREAM_ALL: undefined,
  LOG_STREAM_STDOUT: 'stdout',
  LOG_STREAM_STDERR: 'stderr',
} as const;

/** A process started in a container costs the machine some 30 MB for a moment. */
const STARTS_PER_CPU = 4;

export function createPodStreams(deps: PodStreamsDeps): Omit<StreamHost, 'agentLog' | 'pullImage'> {
  const starts = new Turns(STARTS_PER_CPU * availableParallelism());

  function find(uid: string): Pick<PodRecord, 'pod' | 'status'> {
    const found = deps.findPod(uid);
    if (!found) throw new LongshoreError('not-found', `pod with UID "${uid}" does not exist`);
    return found;
  }

  /** By this machine's clock, as Docker stamps what a container writes. Nothing: before all times. */
  function ago(seconds: number): { readonly sinceTimeMs?: number } {
    const sinceTimeMs = deps.clock.now() - seconds * 1000;
    return sinceTimeMs > 0 ? { sinceTimeMs } : {};
  }

  return {
    async logs(request, signal) {
      const { pod, status } = find(request.podUid);
      const { container, previous } = request;
      const source = logSource(status, { podName: pod.metadata.name, container, previous });
      if (source.kind === 'bad-request') throw new LongshoreError('invalid', source.message);
      const { podUid, stream, sinceSeconds, ...asked } = request;
      const tty = findMember(pod, container)?.spec.tty ?? false;
      const { id: containerId, live } = source;
      const since = sinceSeconds === undefined ? {} : ago(sinceSeconds);
      return deps.openContainerLogs(
        { ...asked, ...since, containerId, live, tty, only: ONLY[stream] },
        signal,
      );
    },
    async exec(request, input, signal) {
      const { container, command, stdin, stdout, stderr, tty } = request;
      const containerId = runningContainer(find(request.podUid).status, container);
      if (containerId === undefined) {
        throw new LongshoreError('not-found', `container not found (${JSON.stringify(container)})`);
      }
      const options = { containerId, command, stdin, stdout, stderr, tty };
      return openExec(options, input, { ...deps, starts, signal });
    },
    async attach(request, input, signal) {
      const { container } = request;
      const { pod, status } = find(request.podUid);
      const { name, namespace } = pod.metadata;
      const spec = findMember(pod, container)?.spec;
      const containerId = runningContainer(status, container);
      if (containerId === undefined) {
        throw new LongshoreError('not-found', `container ${container} not found in pod ${name}_${namespace}`);
      }
      const { stdout, stderr } = request;
      // Docker would take the end of a stdin that is not there for the client's leave.
      const stdin = request.stdin && (spec?.stdin ?? false);
      const options = { containerId, stdin, stdout, stderr, tty: spec?.tty ?? false };
      return openAttach(options, input, { ...deps, signal });
    },
    async portForward({ podUid, port }, input, signal) {
      find(podUid);
      return openPortForward(() => deps.dial(podUid, port, signal), input, signal);
    },
  };
}
