// The seam to the API server for the objects that pods refer to. kube/ implements it; the reconcilers ask it to follow
// one reference and are told what becomes of it.
import type { Reference, TokenReference } from '../../common/pod-references.ts';

/** What is known of one reference. */
export type ObjectState =
  /** The same revision has the same content. `json` is what agents get, see session.proto. */
  | { readonly kind: 'found'; readonly revision: string; readonly json: string }
  | { readonly kind: 'absent' }
  /** `reason`: what keeps it from being known, for people; undefined while it is a matter of moments. */
  | { readonly kind: 'unknown'; readonly reason?: string };

export type FollowedReference = Exclude<Reference, TokenReference>;

export interface ObjectSource {
  /** Tells what is known as soon as it is, and each change, until the signal aborts. Never throws. */
  follow(reference: FollowedReference, tell: (state: ObjectState) => void, signal: AbortSignal): void;
  /** Rejects with `not-found` when there is no such ServiceAccount or pod. */
  issueToken(reference: TokenReference, signal: AbortSignal): Promise<IssuedToken>;
}

export interface IssuedToken {
  readonly token: string;
  /** RFC 3339, by the API server's clock. */
  readonly expirationTimestamp: string;
  readonly lifetimeSeconds: number;
}
