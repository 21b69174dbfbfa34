// The text of a join token: `lsj1.<id>.<secret>.<ca hash>`. Id: 8 characters, names the token's record. Secret: 32
// characters (160 bits). Both base32 in lower case, so a token survives being read aloud. CA hash: SHA-256 of the CA
// certificate's DER, 64 hex digits; it pins the controller before anything is trusted.
import { randomBytes } from 'node:crypto';
import { LongshoreError } from './errors.ts';

export interface JoinToken {
  readonly id: string;
  readonly secret: string;
  readonly caHash: string;
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
const TOKEN = /^lsj1\.([a-z2-7]{8})\.([a-z2-7]{32})\.([0-9a-f]{64})$/;

export function createJoinToken(caHash: string): JoinToken {
  return { id: randomBase32(8), secret: randomBase32(32), caHash };
}

export function formatJoinToken(token: JoinToken): string {
  return `lsj1.${token.id}.${token.secret}.${token.caHash}`;
}

/** Throws `invalid` with what is wrong; never repeats the token in the message. */
export function parseJoinToken(text: string): JoinToken {
  const match = TOKEN.exec(text.trim());
  const [, id, secret, caHash] = match ?? [];
  if (!id || !secret || !caHash) {
    throw new LongshoreError(
      'invalid',
      'the join token is malformed: expected lsj1.<id>.<secret>.<ca hash>, as `longshore tokens create` prints it',
    );
  }
  return { id, secret, caHash };
}

function randomBase32(length: number): string {
  return Array.from(randomBytes(length), (byte) => ALPHABET[byte % 32]).join('');
}
