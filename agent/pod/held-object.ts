// One object of the API as an agent holds it: its content checked, so that whoever reads it can rely on its shape. It
// comes from the controller, or from this machine's disk.
import { type Claim, decodeClaim } from '../../common/claim.ts';

export interface ConfigMapContent {
  readonly data: Texts;
  /** Base64. */
  readonly binaryData: Texts;
}

export interface SecretContent {
  /** Such as `kubernetes.io/dockerconfigjson`. */
  readonly type: string;
  /** Base64. */
  readonly data: Texts;
}

export interface TokenContent {
  readonly token: string;
  /** RFC 3339. */
  readonly expirationTimestamp: string;
}

/** A map, so that no key finds what every object has. */
export type Texts = ReadonlyMap<string, string>;

/** By the first part of the key. */
export interface Contents {
  readonly configmaps: ConfigMapContent;
  readonly secrets: SecretContent;
  readonly tokens: TokenContent;
  /** Environment variables. */
  readonly services: Texts;
  /** Certificates in PEM. */
  readonly clustertrustbundles: string;
  readonly persistentvolumeclaims: Claim;
  /** The handler: what the engine calls its runtime. */
  readonly runtimeclasses: string;
}

export type Content = {
  [Kind in keyof Contents]: { readonly kind: Kind; readonly value: Contents[Kind] };
}[keyof Contents];

export type HeldObject =
  | { readonly kind: 'found'; readonly content: Content; readonly revision: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unknown'; readonly reason?: string };

/** Undefined for what is not of its shape, and for kinds of a newer controller. */
export function decodeContent(key: string, value: unknown): Content | undefined {
  const kind = key.slice(0, key.indexOf('/'));
  switch (kind) {
    case 'configmaps': {
      if (!isObject(value)) return undefined;
      const [data, binaryData] = [texts(value['data']), texts(value['binaryData'])];
      return data && binaryData && { kind, value: { data, binaryData } };
    }
    case 'secrets': {
      if (!isObject(value)) return undefined;
      const [type, data] = [value['type'] ?? '', texts(value['data'])];
      return data && typeof type === 'string' ? { kind, value: { type, data } } : undefined;
    }
    case 'tokens': {
      if (!isObject(value)) return undefined;
      const { token, expirationTimestamp } = value;
      if (typeof token !== 'string' || typeof expirationTimestamp !== 'string') return undefined;
      return { kind, value: { token, expirationTimestamp } };
    }
    case 'services': {
      const variables = texts(value);
      return variables && { kind, value: variables };
    }
    case 'clustertrustbundles':
    case 'runtimeclasses':
      return typeof value === 'string' ? { kind, value } : undefined;
    case 'persistentvolumeclaims': {
      const claim = decodeClaim(value);
      return claim && { kind, value: claim };
    }
    default:
      return undefined;
  }
}

function texts(value: unknown): Texts | undefined {
  if (value === undefined || value === null) return new Map();
  if (!isObject(value)) return undefined;
  const entries = Object.entries(value);
  return entries.every(isText) ? new Map(entries) : undefined;
}

function isText(entry: [string, unknown]): entry is [string, string] {
  return typeof entry[1] === 'string';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
