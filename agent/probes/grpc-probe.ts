// A gRPC probe: grpc.health.v1.Health/Check of a service, in the clear. Its two messages are small enough to be written
// and read here: one text in field 1, one number in field 1.
import * as grpc from '@grpc/grpc-js';
import type { SocketTarget } from '../pod/action-target.ts';
import { failure, type ProbeOutcome, SUCCESS } from './probe-outcome.ts';

const METHOD = '/grpc.health.v1.Health/Check';
const SERVING = 1;
const STATES = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];

export function probeGrpc(target: SocketTarget, service: string, signal: AbortSignal): Promise<ProbeOutcome> {
  const host = target.host.includes(':') ? `[${target.host}]` : target.host;
  const client = new grpc.Client(`${host}:${target.port}`, grpc.credentials.createInsecure(), {
    // The machine's proxy knows nothing of its pods.
    'grpc.enable_http_proxy': 0,
  });
  return new Promise<ProbeOutcome>((resolve, reject) => {
    const call = client.makeUnaryRequest(METHOD, encodeRequest, decodeStatus, service, (error, status) => {
      if (signal.aborted) reject(signal.reason);
      else resolve(error ? failure(explain(error)) : judge(status ?? 0));
    });
    signal.addEventListener('abort', () => call.cancel(), { once: true });
  }).finally(() => client.close());
}

function judge(status: number): ProbeOutcome {
  if (status === SERVING) return SUCCESS;
  return failure(`service unhealthy (responded with "${STATES[status] ?? status}")`);
}

function explain({ code, details }: grpc.ServiceError): string {
  if (code === grpc.status.UNIMPLEMENTED) {
    return `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${details}`;
  }
  return `error: health rpc probe failed: ${details}`;
}

function encodeRequest(service: string): Buffer {
  const text = Buffer.from(service, 'utf8');
  if (text.length === 0) return text;
  return Buffer.concat([Buffer.from([0x0a, ...varint(text.length)]), text]);
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}

/** An absent field is 0. */
function decodeStatus(message: Buffer): number {
  return message[0] === 0x08 ? (message[1] ?? 0) : 0;
}
