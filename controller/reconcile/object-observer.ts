// How the reconcilers hear of API objects: whoever lists and watches (kube/) calls this, they only take note.

/**
 * What a list and watch tells of one kind. Calls come in order, one at a time; none blocks or throws. A relist is told
 * as the changes it amounts to: `vanished` only for what a complete list no longer holds.
 */
export interface ObjectObserver<T> {
  /** The object is new or different. May repeat what is known. */
  changed(object: T): void;
  /** The object of this UID is no more. For a name made anew it comes before `changed` of the new UID. */
  vanished(uid: string): void;
  /** Everything of the first complete list has been told. Once, before it nothing is acted upon. */
  synced(): void;
}
