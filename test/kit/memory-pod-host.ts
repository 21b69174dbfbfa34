// A small working pod host: holds the pods it is given, reports what the test sets.

import type { PodGone, PodHost, PodReport } from '../../agent/link/pod-host.ts';
import type { Pod, PodStatus } from '../../common/pod.ts';

export class MemoryPodHost implements PodHost {
  readonly pods = new Map<string, Pod>();
  readonly statuses = new Map<string, PodStatus>();
  readonly tombstones = new Map<string, PodStatus | undefined>();
  readonly retained: string[][] = [];
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
}
