// What a machine asks for when it joins or renews, checked and bounded. Pure; throws `invalid` naming the field.
import { agentNameFromHostname, isAgentName } from '../../common/names.ts';
import type { JoinRequest__Output } from '../../proto/gen/longshore/v1/JoinRequest.ts';
import type { RenewRequest__Output } from '../../proto/gen/longshore/v1/RenewRequest.ts';
import { boundedText, invalidField } from './decode.ts';

export interface JoinAttempt {
  readonly tokenId: string;
  readonly tokenSecret: string;
  readonly csrDer: Buffer;
  /** The name asked for; undefined: any will do. */
  readonly wishedName: string | undefined;
  /** The hostname as an agent name; undefined when nothing of it can be kept. */
  readonly hostName: string | undefined;
}

const MAX_REQUEST_BYTES = 8 * 1024;
const TOKEN_ID = /^[a-z2-7]{8}$/;
const TOKEN_SECRET = /^[a-z2-7]{32}$/;
const WORD = /^[a-z0-9_-]+$/;

export function decodeJoin(request: JoinRequest__Output): JoinAttempt {
  boundedText(request.os, { field: 'os', maxBytes: 32, pattern: WORD });
  boundedText(request.arch, { field: 'arch', maxBytes: 32, pattern: WORD });
  const hostname = boundedText(request.hostname, { field: 'hostname', maxBytes: 253 });
  const wishedName = request.agentName || undefined;
  if (wishedName !== undefined && !isAgentName(wishedName)) {
    throw invalidField('agent_name', "must be lower-case letters, digits and '-', at most 63");
  }
  const token = (field: string, value: string, pattern: RegExp) =>
    boundedText(value, { field, maxBytes: 64, required: true, pattern });
  return {
    tokenId: token('token_id', request.tokenId, TOKEN_ID),
    tokenSecret: token('token_secret', request.tokenSecret, TOKEN_SECRET),
    csrDer: certificateRequest(request.csrDer),
    wishedName,
    hostName: agentNameFromHostname(hostname),
  };
}

export interface RenewAttempt {
  readonly csrDer: Buffer;
  /** The certificate so far; undefined: not told. */
  readonly certificateDer: Buffer | undefined;
}

export function decodeRenew({ csrDer, certificateDer }: RenewRequest__Output): RenewAttempt {
  if (certificateDer.byteLength > MAX_REQUEST_BYTES) {
    throw invalidField('certificate_der', `must have at most ${MAX_REQUEST_BYTES} bytes`);
  }
  return {
    csrDer: certificateRequest(csrDer),
    certificateDer: certificateDer.byteLength === 0 ? undefined : certificateDer,
  };
}

function certificateRequest(der: Buffer): Buffer {
  if (der.byteLength === 0 || der.byteLength > MAX_REQUEST_BYTES) {
    throw invalidField('csr_der', `must have 1 to ${MAX_REQUEST_BYTES} bytes`);
  }
  return der;
}
