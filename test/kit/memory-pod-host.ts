// A small working pod host: holds the pods it is given, reports what the test sets, serves logs from a function.

import type { PodGone, PodHost, PodReport } from '../../agent/link/pod-host.ts';
import type { Pod, PodStatus } from '../../common/pod.ts';
import type { LogsRequest__Output } from '../../proto/gen/longshore/v1/LogsRequest.ts';

export type LogSource = (request: LogsRequest__Output, signal: AbortSignal) => Promise<AsyncIterable<Buffer>>;

export class MemoryPodHost implements PodHost {
  readonly pods = new Map<string, Pod>();
  readonly statuses = new Map<string, PodStatus>();
  readonly tombstones = new Map<string, PodStatus | undefined>();
  readonly retained: string[][] = [];
  logs: LogSource = async () => {
    throw new Error('this test gave no log source');
  };

  async apply(pod: Pod): Promise<void> {
    if (!this.tombstones.has(pod.metadata.uid)) this.pods.set(pod.metadata.uid, pod);
  }

  async remove(uid: string, _graceSeconds: number): Promise<void> {
    const known = this.pods.delete(uid);
    this.tombstones.set(uid, known ? { phase: 'Failed' } : undefined);
  }

  async retain(uids: ReadonlySet<string>): Promise<void> {
    this.retained.push([...uids]);
    for (const uid of [...this.pods.keys()]) if (!uids.has(uid)) await this.remove(uid, 1);
  }

  async acknowledgeGone(uid: string): Promise<void> {
    this.tombstones.delete(uid);
  }

  reports(): readonly PodReport[] {
    return [...this.pods.keys()].map((uid) => ({
      uid,
      status: this.statuses.get(uid) ?? { phase: 'Pending' },
    }));
  }

  gone(): readonly PodGone[] {
    return [...this.tombstones].map(([uid, status]) => ({ uid, status }));
  }

  openLogs(request: LogsRequest__Output, signal: AbortSignal): Promise<AsyncIterable<Buffer>> {
    return this.logs(request, signal);
  }
}
