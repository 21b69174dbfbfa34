// Short text answers of the kubelet API, and the one place where our errors become HTTP.
import type { ServerResponse } from 'node:http';
import { describeError, type ErrorCode, errorCode } from '../../common/errors.ts';

export interface Reply {
  readonly status: number;
  readonly text: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * The API server shows its users the text of a 400 or a 500 and of no other status, so what a user of `kubectl logs`
 * shall read is a 400, as on a kubelet.
 */
const STATUS: Readonly<Record<ErrorCode, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  'already-exists': 409,
  conflict: 409,
  precondition: 400,
  exhausted: 429,
  unavailable: 400,
  cancelled: 400,
  internal: 500,
};

/** What is not ours to show (a defect, whatever a library threw) is said in general; the log has the rest. */
export function replyToError(error: unknown): Reply {
  const code = errorCode(error);
  const text =
    code === 'internal' ? 'internal error; the log of the controller says more' : describeError(error);
  return { status: STATUS[code], text };
}

export function sendReply(response: ServerResponse, reply: Reply): void {
  response.writeHead(reply.status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(reply.text),
    'X-Content-Type-Options': 'nosniff',
    ...reply.headers,
  });
  response.end(reply.text);
}
