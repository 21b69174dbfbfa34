// A PKCS#10 certificate request (RFC 2986) in DER, signed with ECDSA-SHA256. The agent needs nothing else of X.509, so it
// carries no library for it: the controller reads the key and the proof that we hold it, and writes the rest itself.
import { createPublicKey, type KeyObject, sign } from 'node:crypto';

const SEQUENCE = 0x30;
const SET = 0x31;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OBJECT_IDENTIFIER = 0x06;
const UTF8_STRING = 0x0c;
const ATTRIBUTES = 0xa0;

/** 2.5.4.3 */
const COMMON_NAME = Buffer.from('550403', 'hex');
/** 1.2.840.10045.4.3.2 */
const ECDSA_WITH_SHA256 = Buffer.from('2a8648ce3d040302', 'hex');

/** `key` is an EC private key; `commonName` at most 64 characters. */
export function certificateRequest(key: KeyObject, commonName: string): Buffer {
  const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' });
  const info = der(SEQUENCE, der(INTEGER, Buffer.from([0])), subject(commonName), publicKey, der(ATTRIBUTES));
  const algorithm = der(SEQUENCE, der(OBJECT_IDENTIFIER, ECDSA_WITH_SHA256));
  const signature = sign('sha256', info, { key, dsaEncoding: 'der' });
  return der(SEQUENCE, info, algorithm, der(BIT_STRING, Buffer.from([0]), signature));
}

function subject(commonName: string): Buffer {
  const attribute = der(
    SEQUENCE,
    der(OBJECT_IDENTIFIER, COMMON_NAME),
    der(UTF8_STRING, Buffer.from(commonName)),
  );
  return der(SEQUENCE, der(SET, attribute));
}

function der(tag: number, ...contents: Buffer[]): Buffer {
  const body = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag]), derLength(body.length), body]);
}

function derLength(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest >>= 8) bytes.unshift(rest & 0xff);
  return Buffer.from([0x80 | bytes.length, ...bytes]);
}
