// What a join token's Secret holds, and its decoder: anyone who may edit Secrets may have edited it.

export interface TokenRecord {
  /** SHA-256 of the secret, hex. */
  readonly secretHash: string;
  readonly expiresAtMs: number;
  readonly agentName: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly reusable: boolean;
  readonly uses: readonly { readonly publicKeyHash: string; readonly agentName: string }[];
}

const SHA256_HEX = /^[0-9a-f]{64}$/;

/** Undefined when the text is no token's record. */
export function parseTokenRecord(text: string): TokenRecord | undefined {
  const value = parseObject(text);
  if (!value) return undefined;
  const { secretHash, expiresAtMs, agentName, labels, reusable, uses } = value;
  if (typeof secretHash !== 'string' || !SHA256_HEX.test(secretHash)) return undefined;
  if (typeof expiresAtMs !== 'number' || !Number.isSafeInteger(expiresAtMs)) return undefined;
  if (agentName !== undefined && typeof agentName !== 'string') return undefined;
  if (typeof reusable !== 'boolean' || !isStringMap(labels) || !Array.isArray(uses)) return undefined;
  if (!uses.every(isUse)) return undefined;
  return { secretHash, expiresAtMs, agentName, labels, reusable, uses };
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isUse(value: unknown): value is TokenRecord['uses'][number] {
  return (
    isObject(value) &&
    typeof value['publicKeyHash'] === 'string' &&
    SHA256_HEX.test(value['publicKeyHash']) &&
    typeof value['agentName'] === 'string'
  );
}

function isStringMap(value: unknown): value is Record<string, string> {
  return isObject(value) && Object.values(value).every((entry) => typeof entry === 'string');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
