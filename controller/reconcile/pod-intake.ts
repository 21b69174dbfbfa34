// Pods of many nodes from one watch: passes on those of nodes that are known to be ours, and those whose record names an
// agent of ours, for these run whatever became of their node; keeps those aside whose node may yet turn out to be ours. Any
// other pod of another's node is never told of: what is told of is also ended.
import type { Pod } from '../../common/pod.ts';
import { readPlacement } from '../model/placement-record.ts';
import type { ObjectObserver } from './object-observer.ts';

export class PodIntake implements ObjectObserver<Pod> {
  readonly #next: ObjectObserver<Pod>;
  readonly #nodeShowing: (agentUid: string) => string | undefined;
  readonly #ours = new Set<string>();
  /** By UID, of those told of by their record: they stay so when it is lost. */
  readonly #placed = new Set<string>();
  /** By node, then by UID. */
  readonly #aside = new Map<string, Map<string, Pod>>();

  /** `nodeShowing`: the node of an agent; undefined: no such agent is known. */
  constructor(next: ObjectObserver<Pod>, nodeShowing: (agentUid: string) => string | undefined) {
    this.#next = next;
    this.#nodeShowing = nodeShowing;
  }

  /** This node is ours, and stays it: its pods are not forgotten when its object is. */
  admit(nodeName: string): void {
    this.#ours.add(nodeName);
    const waiting = this.#aside.get(nodeName);
    this.#aside.delete(nodeName);
    for (const pod of waiting?.values() ?? []) this.#next.changed(pod);
  }

  changed(pod: Pod): void {
    const { nodeName = '' } = pod.spec;
    const { uid } = pod.metadata;
    if (this.#isPlaced(pod)) this.#placed.add(uid);
    if (this.#ours.has(nodeName) || this.#placed.has(uid)) {
      this.#takeFromAside(uid, nodeName);
      this.#next.changed(pod);
      return;
    }
    const waiting = this.#aside.get(nodeName) ?? new Map<string, Pod>();
    this.#aside.set(nodeName, waiting.set(uid, pod));
  }

  vanished(uid: string): void {
    this.#placed.delete(uid);
    for (const nodeName of this.#aside.keys()) if (this.#takeFromAside(uid, nodeName)) return;
    this.#next.vanished(uid);
  }

  synced(): void {
    this.#next.synced();
  }

  /** Others may write that record too; for another node than that of the agent it counts for nothing. */
  #isPlaced({ spec, status }: Pod): boolean {
    const record = readPlacement(status);
    return record.kind === 'placed' && this.#nodeShowing(record.agentUid) === spec.nodeName;
  }

  #takeFromAside(uid: string, nodeName: string): boolean {
    const waiting = this.#aside.get(nodeName);
    const isThere = waiting?.delete(uid) ?? false;
    if (waiting?.size === 0) this.#aside.delete(nodeName);
    return isThere;
  }
}
