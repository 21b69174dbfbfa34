// Who is calling: a client certificate of the cluster's CA, else a ServiceAccount token, else nobody in particular. Whoever
// shows a token that does not hold is refused.
import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { Tokens, User } from './tokens.ts';

/** Undefined for credentials that do not hold. */
export type Authenticator = (request: IncomingMessage) => User | undefined;

const ANONYMOUS: User = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

export function createAuthenticator(tokens: Tokens): Authenticator {
  return (request) => {
    const known = byCertificate(request) ?? byToken(request, tokens);
    if (known) return known;
    return request.headers.authorization === undefined ? ANONYMOUS : undefined;
  };
}

function byCertificate(request: IncomingMessage): User | undefined {
  const { socket } = request;
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const subject = socket.getPeerCertificate().subject;
  const name = first(subject?.CN);
  if (!name) return undefined;
  return { name, groups: [...all(subject.O), 'system:authenticated'] };
}

function byToken(request: IncomingMessage, tokens: Tokens): User | undefined {
  const match = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '');
  return match?.[1] === undefined ? undefined : tokens.verify(match[1])?.user;
}

function all(value: string | string[] | undefined): string[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function first(value: string | string[] | undefined): string | undefined {
  return all(value)[0];
}
