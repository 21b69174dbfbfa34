// Who asks and what for, in Kubernetes' own terms: the kubelet API and the Fleet service both check callers by
// TokenReview and SubjectAccessReview.

export interface User {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export interface ResourceAttributes {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly verb: string;
}

export interface AccessReviewer {
  /** The token's user; undefined when the API server does not accept it. Throws when it cannot be asked. */
  authenticate(token: string, audiences?: readonly string[]): Promise<User | undefined>;
  /** Throws when the API server cannot be asked: the caller answers with an error, never with a guess. */
  authorize(user: User, attributes: ResourceAttributes): Promise<AccessDecision>;
}

export interface AccessDecision {
  readonly allowed: boolean;
  readonly reason: string;
}
