// Who is calling: a client certificate of the cluster's CA, else a ServiceAccount token, else nobody.
import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { Tokens, User } from './tokens.ts';

export type Authenticator = (request: IncomingMessage) => User | undefined;

export function createAuthenticator(tokens: Tokens): Authenticator {
  return (request) => byCertificate(request) ?? byToken(request, tokens);
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
