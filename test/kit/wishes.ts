// A controller's part in a test of agents: says what it wishes in every session, records the end of what it deleted, and
// acknowledges it.
import type { Pod, PodStatus } from '../../common/pod.ts';
import type { AgentLink } from '../../controller/reconcile/agent-link.ts';
import type { PodEvent__Output } from '../../proto/gen/longshore/v1/PodEvent.ts';
import { tellObjects } from './empty-objects.ts';
import { RecordingObserver } from './rpc-fixture.ts';

export class Wishes extends RecordingObserver {
  /** Its pods need the variables of Services: there are none. */
  override objects: RecordingObserver['objects'] = ['services/', 'services/default'].map((key) => [
    key,
    { kind: 'found', revision: '1', json: '{}' },
  ]);
  readonly #pods = new Map<string, Pod>();
  readonly #statuses = new Map<string, PodStatus>();
  readonly goneAtMs = new Map<string, number>();
  readonly everWished = new Set<string>();
  readonly surprises: string[] = [];
  /** By UID: what events have said. */
  readonly #messages = new Map<string, Set<string>>();
  sessions = 0;

  want(pod: Pod): Pod {
    this.everWished.add(pod.metadata.uid);
    this.#put(pod);
    return pod;
  }

  isWanted(uid: string): boolean {
    const pod = this.#pods.get(uid);
    return pod !== undefined && pod.metadata.deletionTimestamp === undefined;
  }

  delete(uid: string): void {
    const pod = this.#pods.get(uid);
    if (!pod) throw new Error(`there is no pod ${uid}`);
    const deletionTimestamp = new Date().toISOString();
    this.#put({ ...pod, metadata: { ...pod.metadata, deletionTimestamp, deletionGracePeriodSeconds: 1 } });
  }

  /** As it was wished last. */
  pod(uid: string): Pod | undefined {
    return this.#pods.get(uid);
  }

  phase(uid: string): string | undefined {
    return this.#statuses.get(uid)?.phase;
  }

  wasTold(uid: string, message: string): boolean {
    return this.#messages.get(uid)?.has(message) ?? false;
  }

  /** Deleted and not yet said to be gone. */
  get leaving(): number {
    return [...this.#pods.keys()].filter((uid) => !this.isWanted(uid)).length;
  }

  #put(pod: Pod): void {
    this.#pods.set(pod.metadata.uid, pod);
    this.desired = [...this.#pods.values()];
    for (const link of this.links) {
      tellObjects(link, pod);
      link.upsert(pod);
    }
  }

  override connected(link: AgentLink): void {
    for (const pod of this.desired) tellObjects(link, pod);
    super.connected(link);
    this.sessions += 1;
  }

  override report(_agent: unknown, uid: string, status: PodStatus): void {
    this.#statuses.set(uid, status);
  }

  override async event(_agent: unknown, { podUid, message }: PodEvent__Output): Promise<void> {
    const known = this.#messages.get(podUid) ?? new Set();
    this.#messages.set(podUid, known.add(message));
  }

  override gone(_agent: unknown, uid: string): void {
    if (this.isWanted(uid)) this.surprises.push(`${uid} is said to be gone, and nobody deleted it`);
    if (!this.goneAtMs.has(uid)) this.goneAtMs.set(uid, Date.now());
    this.#pods.delete(uid);
    this.desired = [...this.#pods.values()];
    for (const link of this.links) link.acknowledgeGone(uid);
  }
}
