// Who calls: a client certificate that the cluster's client CA signed, else a bearer token that the API server knows.
// There are no anonymous callers.
import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { User } from '../model/access.ts';
import type { ClientTrust } from './client-trust.ts';
import type { CallerReviews } from './review-cache.ts';

export interface CallerDeps {
  readonly reviews: Pick<CallerReviews, 'authenticate'>;
  readonly trust: Pick<ClientTrust, 'holds'>;
}

/** Undefined: 401. Throws when the API server cannot be asked about a token, or not about one more. */
export async function identifyCaller(
  request: IncomingMessage,
  { reviews, trust }: CallerDeps,
): Promise<User | undefined> {
  const user = certificateUser(request, trust);
  if (user) return user;
  const token = bearerToken(request.headers.authorization);
  if (token === undefined) return undefined;
  return await reviews.authenticate(token, request.socket.remoteAddress ?? '');
}

/** The user is the certificate's one common name, the groups are its organisations. */
function certificateUser({ socket }: IncomingMessage, trust: CallerDeps['trust']): User | undefined {
  if (!(socket instanceof TLSSocket) || !trust.holds(socket)) return undefined;
  const { CN, O } = socket.getPeerCertificate().subject;
  const [name, ...others] = list(CN);
  if (!name || others.length > 0) return undefined;
  return { name, groups: [...list(O), 'system:authenticated'] };
}

/** The scheme is case-insensitive; an empty token is none, nor is one that is longer than any. */
export function bearerToken(header: string | undefined): string | undefined {
  return /^bearer +(\S{1,16384}) *$/i.exec(header ?? '')?.[1];
}

function list(value: string | string[] | undefined): string[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}
