// Whether the caller of a Fleet method may call it: its bearer token is checked by TokenReview, the call by
// SubjectAccessReview on agents.longshore.dev. What each method needs: reading the fleet is `list agents`,
// changing an agent `patch agents`, removing one `delete agents`, its log `get agents/log`, making a join token `create agents/tokens`.
import type { Metadata } from '@grpc/grpc-js';
import { LongshoreError } from '../../common/errors.ts';
import { OPERATOR_AUDIENCE } from '../../common/names.ts';
import type { AccessReviewer } from '../model/access.ts';

export interface Permission {
  readonly verb: string;
  readonly subresource?: string;
}

export const READ_FLEET: Permission = { verb: 'list' };
export const CHANGE_AGENT: Permission = { verb: 'patch' };
export const REMOVE_AGENT: Permission = { verb: 'delete' };
export const READ_AGENT_LOG: Permission = { verb: 'get', subresource: 'log' };
export const CREATE_TOKEN: Permission = { verb: 'create', subresource: 'tokens' };

const MAX_TOKEN_BYTES = 16 * 1024;

/** Resolves with the operator's name; rejects with `unauthenticated`, `forbidden` or `unavailable`. */
export async function requireOperator(
  metadata: Metadata,
  permission: Permission,
  reviewer: AccessReviewer,
): Promise<string> {
  const token = bearerToken(metadata);
  const user = await asked(() => reviewer.authenticate(token, [OPERATOR_AUDIENCE]));
  if (!user) {
    throw new LongshoreError(
      'unauthenticated',
      'the API server does not accept the bearer token: it may have expired, or be for another audience',
    );
  }
  const attributes = { group: 'longshore.dev', version: 'v1alpha1', resource: 'agents', ...permission };
  const { allowed, reason } = await asked(() => reviewer.authorize(user, attributes));
  if (!allowed) {
    const { verb, subresource } = permission;
    const resource = `agents${subresource ? `/${subresource}` : ''}.longshore.dev`;
    throw new LongshoreError(
      'forbidden',
      `'${user.name}' may not ${verb} ${resource}${reason && `: ${reason}`}`,
    );
  }
  return user.name;
}

function bearerToken(metadata: Metadata): string {
  const [header] = metadata.get('authorization');
  const [, token] = /^Bearer (\S+)$/i.exec(typeof header === 'string' ? header : '') ?? [];
  if (!token || token.length > MAX_TOKEN_BYTES) {
    throw new LongshoreError(
      'unauthenticated',
      'the call carries no bearer token: send a Kubernetes token as `authorization: Bearer …`',
    );
  }
  return token;
}

async function asked<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw new LongshoreError(
      'unavailable',
      'the API server cannot be asked who you are and what you may do: retry',
      {
        cause: error,
      },
    );
  }
}
