// Pods of many nodes from one watch: passes on those of nodes that are known to be ours, and keeps those aside whose node
// may yet turn out to be. A pod of another's node is never told of: what is told of is also ended.
import type { Pod } from '../../common/pod.ts';
import type { ObjectObserver } from './object-observer.ts';

export class PodIntake implements ObjectObserver<Pod> {
  readonly #next: ObjectObserver<Pod>;
  readonly #ours = new Set<string>();
  /** By node, then by UID. */
  readonly #aside = new Map<string, Map<string, Pod>>();

  constructor(next: ObjectObserver<Pod>) {
    this.#next = next;
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
    if (this.#ours.has(nodeName)) {
      this.#next.changed(pod);
      return;
    }
    const waiting = this.#aside.get(nodeName) ?? new Map<string, Pod>();
    this.#aside.set(nodeName, waiting.set(pod.metadata.uid, pod));
  }

  vanished(uid: string): void {
    for (const [nodeName, waiting] of this.#aside) {
      if (!waiting.delete(uid)) continue;
      if (waiting.size === 0) this.#aside.delete(nodeName);
      return;
    }
    this.#next.vanished(uid);
  }

  synced(): void {
    this.#next.synced();
  }
}
