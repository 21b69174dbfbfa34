// The seam between the session with the controller and what this machine holds of the API's objects. The runtime
// implements it; the session calls it.

export type ObjectNews =
  | { readonly kind: 'found'; readonly revision: string; readonly json: Buffer }
  | { readonly kind: 'absent' }
  /** What is held is current, or the controller does not know: `reason` for people, empty when it is nothing. */
  | { readonly kind: 'kept'; readonly reason: string };

/** All methods are idempotent. */
export interface ObjectHost {
  /** Durable when it resolves. What cannot be used is told in the log and leaves what is held as it was. */
  put(key: string, news: ObjectNews): Promise<void>;
  drop(key: string): Promise<void>;
  /** Everything not in it is dropped. */
  retain(keys: ReadonlySet<string>): Promise<void>;
  /** What is held and was found. */
  held(): readonly { readonly key: string; readonly revision: string }[];
}
