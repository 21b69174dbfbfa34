// Asks the API server who a bearer token is and what a user may: TokenReview and SubjectAccessReview. Every question is
// asked; whoever asks often puts a cache in front.
import type { AccessDecision, AccessReviewer, ResourceAttributes, User } from '../model/access.ts';
import type { KubeClient } from './client.ts';

export function createAccessReviewer(client: KubeClient): AccessReviewer {
  return {
    async authenticate(token, audiences) {
      const { status } = await client.request<{ status?: TokenReviewStatus }>({
        method: 'POST',
        path: '/apis/authentication.k8s.io/v1/tokenreviews',
        body: {
          apiVersion: 'authentication.k8s.io/v1',
          kind: 'TokenReview',
          spec: { token, ...(audiences ? { audiences } : {}) },
        },
      });
      if (status?.authenticated !== true) return undefined;
      // A server that knows no audiences answers with none: such a token was not made for us.
      if (audiences && !audiences.some((audience) => status.audiences?.includes(audience))) return undefined;
      return decodeUser(status.user);
    },
    async authorize(user, attributes) {
      const { status } = await client.request<{ status?: SubjectAccessReviewStatus }>({
        method: 'POST',
        path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
        body: {
          apiVersion: 'authorization.k8s.io/v1',
          kind: 'SubjectAccessReview',
          spec: {
            user: user.name,
            uid: user.uid,
            groups: user.groups,
            extra: user.extra,
            resourceAttributes: attributes,
          },
        },
      });
      return decision(status);
    },
  };
}

/** What the client's own identity may do. */
export async function reviewOwnAccess(
  client: KubeClient,
  resourceAttributes: ResourceAttributes,
): Promise<AccessDecision> {
  const { status } = await client.request<{ status?: SubjectAccessReviewStatus }>({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes },
    },
  });
  return decision(status);
}

function decision(status: SubjectAccessReviewStatus | undefined): AccessDecision {
  const allowed = status?.allowed === true && status.denied !== true;
  return { allowed, reason: status?.reason || status?.evaluationError || '' };
}

interface TokenReviewStatus {
  readonly authenticated?: boolean;
  readonly audiences?: readonly string[];
  readonly user?: {
    readonly username?: string;
    readonly uid?: string;
    readonly groups?: readonly string[];
    readonly extra?: Readonly<Record<string, readonly string[]>>;
  };
}

interface SubjectAccessReviewStatus {
  readonly allowed?: boolean;
  readonly denied?: boolean;
  readonly reason?: string;
  readonly evaluationError?: string;
}

function decodeUser(user: TokenReviewStatus['user']): User | undefined {
  if (!user?.username) return undefined;
  return {
    name: user.username,
    groups: user.groups ?? [],
    ...(user.uid ? { uid: user.uid } : {}),
    ...(user.extra ? { extra: user.extra } : {}),
  };
}
