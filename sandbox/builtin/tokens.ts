// ServiceAccount tokens: signed JWTs (ES256), bound to the account and optionally to a pod; verified against what is
// stored now, so a token dies with the object it is bound to.
import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { invalid, invalidField } from './api-error.ts';
import { isObject, numberAt, stringAt, stringsAt } from './json.ts';
import type { KubeObject } from './kube-object.ts';
import { objectKey, type Storage } from './storage.ts';

export const TOKEN_ISSUER = 'https://kubernetes.default.svc.cluster.local';

export interface User {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export interface TokenRequest {
  readonly account: KubeObject;
  readonly audiences: readonly string[];
  readonly expirationSeconds: number;
  readonly boundTo?: {
    readonly kind: 'Pod' | 'Secret' | 'Node';
    readonly name: string;
    readonly uid: string;
  };
}

export interface Verified {
  readonly user: User;
  readonly audiences: readonly string[];
}

export class Tokens {
  readonly #key: KeyObject;
  readonly #publicKey: KeyObject;
  readonly #storage: Storage;
  readonly #now: () => number;

  constructor(options: { readonly key: KeyObject; readonly storage: Storage; readonly now: () => number }) {
    this.#key = options.key;
    this.#publicKey = createPublicKey(options.key);
    this.#storage = options.storage;
    this.#now = options.now;
  }

  issue({ account, audiences, expirationSeconds, boundTo }: TokenRequest): {
    token: string;
    expiresMs: number;
  } {
    const seconds = Math.floor(this.#now() / 1000);
    const { name, namespace = '', uid } = account.metadata;
    const claims = {
      aud: audiences,
      exp: seconds + expirationSeconds,
      iat: seconds,
      iss: TOKEN_ISSUER,
      jti: crypto.randomUUID(),
      'kubernetes.io': {
        namespace,
        ...(boundTo ? { [boundTo.kind.toLowerCase()]: { name: boundTo.name, uid: boundTo.uid } } : {}),
        serviceaccount: { name, uid },
      },
      nbf: seconds,
      sub: `system:serviceaccount:${namespace}:${name}`,
    };
    const signed = `${encode({ alg: 'ES256', typ: 'JWT' })}.${encode(claims)}`;
    const signature = sign('sha256', Buffer.from(signed), { key: this.#key, dsaEncoding: 'ieee-p1363' });
    return { token: `${signed}.${signature.toString('base64url')}`, expiresMs: claims.exp * 1000 };
  }

  /** Undefined for a token that is not ours, not valid now, or meant for others. */
  verify(token: string, wanted: readonly string[] = [TOKEN_ISSUER]): Verified | undefined {
    const claims = this.#claims(token);
    if (!claims) return undefined;
    const seconds = this.#now() / 1000;
    const { exp = 0, nbf = 0 } = { exp: numberAt(claims, 'exp'), nbf: numberAt(claims, 'nbf') };
    if (seconds > exp || seconds < nbf - 5 || stringAt(claims, 'iss') !== TOKEN_ISSUER) return undefined;
    const audiences = stringsAt(claims, 'aud').filter((audience) => wanted.includes(audience));
    if (audiences.length === 0) return undefined;
    const user = this.#user(claims);
    return user ? { user, audiences } : undefined;
  }

  /** Whom a token of ours is for, whether or not it is good otherwise; undefined for any other text. */
  audiencesOf(token: string): readonly string[] | undefined {
    const claims = this.#claims(token);
    return claims === undefined ? undefined : stringsAt(claims, 'aud');
  }

  #claims(token: string): unknown {
    const [head = '', body = '', signature = '', ...more] = token.split('.');
    if (more.length > 0 || stringAt(decode(head), 'alg') !== 'ES256') return undefined;
    const good = verify(
      'sha256',
      Buffer.from(`${head}.${body}`),
      { key: this.#publicKey, dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature, 'base64url'),
    );
    return good ? decode(body) : undefined;
  }

  #user(claims: unknown): User | undefined {
    const read = (...path: string[]) => stringAt(claims, 'kubernetes.io', ...path) ?? '';
    const [namespace, name, uid] = [
      read('namespace'),
      read('serviceaccount', 'name'),
      read('serviceaccount', 'uid'),
    ];
    if (!this.#exists('serviceaccounts.', objectKey(namespace, name), uid)) return undefined;
    const extra: Record<string, readonly string[]> = {
      'authentication.kubernetes.io/credential-id': [`JTI=${stringAt(claims, 'jti') ?? ''}`],
    };
    const pod = { name: read('pod', 'name'), uid: read('pod', 'uid') };
    if (pod.name !== '') {
      if (!this.#exists('pods.', objectKey(namespace, pod.name), pod.uid)) return undefined;
      extra['authentication.kubernetes.io/pod-name'] = [pod.name];
      extra['authentication.kubernetes.io/pod-uid'] = [pod.uid];
    }
    const secret = read('secret', 'name');
    if (secret !== '' && !this.#exists('secrets.', objectKey(namespace, secret), read('secret', 'uid')))
      return undefined;
    return {
      name: `system:serviceaccount:${namespace}:${name}`,
      uid,
      groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
      extra,
    };
  }

  #exists(bucket: string, key: string, uid: string): boolean {
    return this.#storage.get(bucket, key)?.metadata.uid === uid;
  }
}

/** The lifetime a TokenRequest gets: ten minutes at least, a day at most. */
export function tokenLifetimeSeconds(asked: number | undefined): number {
  const seconds = asked ?? 3600;
  const problem =
    seconds < 600
      ? 'may not specify a duration less than 10 minutes'
      : seconds > 2 ** 32
        ? 'may not specify a duration larger than 2^32 seconds'
        : undefined;
  if (problem) {
    const error = invalidField('spec.expirationSeconds', seconds, problem);
    throw invalid({ group: 'authentication.k8s.io', kind: 'TokenRequest' }, '', [error]);
  }
  return Math.min(seconds, 86_400);
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function decode(text: string): unknown {
  try {
    const value = JSON.parse(Buffer.from(text, 'base64url').toString());
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
