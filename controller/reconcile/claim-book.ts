// The claims of pods that wait for an agent, followed for as long as they wait: placement looks at them.
import type { Pod } from '../../common/pod.ts';
import { podClaims } from '../../common/pod-claims.ts';
import { claimReference, referenceKey } from '../../common/pod-references.ts';
import { NO_VOLUMES, type VolumesNeed, volumesNeed } from '../model/placement/volumes-need.ts';
import type { ObjectSource, ObjectState } from './object-source.ts';

export interface ClaimBookOptions {
  readonly source: Pick<ObjectSource, 'follow'>;
  /** Pods that wait may fare otherwise now. */
  readonly onChange: () => void;
}

interface Followed {
  readonly stop: AbortController;
  /** The UIDs of the pods that wait for it. */
  readonly pods: Set<string>;
  state: ObjectState | undefined;
}

export class ClaimBook {
  readonly #options: ClaimBookOptions;
  readonly #followed = new Map<string, Followed>();
  /** By pod UID. */
  readonly #keys = new Map<string, readonly string[]>();

  constructor(options: ClaimBookOptions) {
    this.#options = options;
  }

  /** The pod waits for an agent. Does nothing when that is known. */
  waits(pod: Pod): void {
    const { uid } = pod.metadata;
    if (this.#keys.has(uid)) return;
    const references = podClaims(pod).map(({ claim }) => claimReference(pod, claim));
    if (references.length === 0) return;
    const keys = references.map(referenceKey);
    this.#keys.set(uid, keys);
    for (const reference of references) {
      const key = referenceKey(reference);
      const known = this.#followed.get(key);
      if (known) {
        known.pods.add(uid);
        continue;
      }
      const followed: Followed = { stop: new AbortController(), pods: new Set([uid]), state: undefined };
      this.#followed.set(key, followed);
      const { signal } = followed.stop;
      const tell = (state: ObjectState) => {
        if (signal.aborted) return;
        followed.state = state;
        this.#options.onChange();
      };
      this.#options.source.follow(reference, tell, signal);
    }
  }

  /** The pod waits no more. */
  release(podUid: string): void {
    for (const key of this.#keys.get(podUid) ?? []) {
      const followed = this.#followed.get(key);
      followed?.pods.delete(podUid);
      if (followed?.pods.size !== 0) continue;
      this.#followed.delete(key);
      followed.stop.abort();
    }
    this.#keys.delete(podUid);
  }

  needOf(pod: Pod): VolumesNeed {
    if (!this.#keys.has(pod.metadata.uid)) return NO_VOLUMES;
    return volumesNeed(pod, (claim) => this.#followed.get(referenceKey(claimReference(pod, claim)))?.state);
  }
}
