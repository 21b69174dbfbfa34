// When a pod's token is due for another: at four fifths of its life, and within a day. The revision under which an agent
// holds a token says when it was issued and when it ends, so nobody else needs to remember.

export interface TokenLife {
  /** Unix milliseconds. */
  readonly issuedMs: number;
  readonly expiresMs: number;
}

const SHARE_OF_LIFE = 0.8;
const MAX_AGE_MS = 24 * 3_600_000;
/** So that tokens issued together are not renewed together. */
const SPREAD_MS = 10_000;

export function tokenRevision({ issuedMs, expiresMs }: TokenLife): string {
  return `${issuedMs}-${expiresMs}`;
}

/** Undefined when it is no revision of a token. */
export function parseTokenRevision(revision: string | undefined): TokenLife | undefined {
  const [, issued, expires] = /^(\d{1,15})-(\d{1,15})$/.exec(revision ?? '') ?? [];
  return issued === undefined ? undefined : { issuedMs: Number(issued), expiresMs: Number(expires) };
}

/** `random`: 0 ≤ random < 1. */
export function refreshAtMs({ issuedMs, expiresMs }: TokenLife, random: number): number {
  const share = (expiresMs - issuedMs) * SHARE_OF_LIFE;
  return issuedMs + Math.min(share, MAX_AGE_MS) - SPREAD_MS * random;
}
