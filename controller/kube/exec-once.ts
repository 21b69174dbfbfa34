// Runs one command in a container as kubectl does by WebSocket, and says how it ended. For looking whether that works at
// all: what the command prints is passed over.
import { WebSocket } from 'undici';
import { ApiError } from './api-error.ts';
import type { Credentials } from './kubeconfig.ts';
import { podPath } from './resource-path.ts';

export interface ExecTarget {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly command: readonly string[];
}

/** The first byte of each message names its channel; this one carries how the command ended. */
const STATUS_CHANNEL = 3;
const MAX_STATUS_BYTES = 64 * 1024;
const TIMEOUT_MS = 15_000;

/** Resolves with the Status object at the command's end; rejects when it does not come to that. */
export async function execOnce(
  credentials: Credentials,
  target: ExecTarget,
  signal?: AbortSignal,
): Promise<ExecStatus> {
  const { dispatcher, headers } = await credentials.access();
  const url = execUrl(credentials.server, target);
  const late = AbortSignal.timeout(TIMEOUT_MS);
  const until = signal ? AbortSignal.any([signal, late]) : late;
  const socket = new WebSocket(url, {
    protocols: ['v5.channel.k8s.io', 'v4.channel.k8s.io'],
    dispatcher,
    headers,
  });
  socket.binaryType = 'arraybuffer';
  const { promise, resolve, reject } = Promise.withResolvers<ExecStatus>();
  const fail = (what: string, cause?: unknown) =>
    reject(new ApiError('unavailable', `exec by WebSocket: ${what}`, { cause }));
  const onAbort = () => fail(late.aborted ? `no end within ${TIMEOUT_MS / 1000} s` : 'cancelled');
  until.addEventListener('abort', onAbort, { once: true });
  socket.addEventListener('message', ({ data }) => {
    const message = data instanceof ArrayBuffer ? Buffer.from(data) : Buffer.from(String(data));
    if (message[0] !== STATUS_CHANNEL || message.length > MAX_STATUS_BYTES) return;
    try {
      resolve(JSON.parse(message.subarray(1).toString('utf8')));
    } catch (cause) {
      fail('how the command ended cannot be read', cause);
    }
  });
  // The library tells no more than that the upgrade was refused.
  socket.addEventListener('error', ({ error }) =>
    fail('the upgrade was refused or the connection failed', error),
  );
  socket.addEventListener('close', ({ code, reason }) =>
    fail(`closed before the command's end (${code}${reason ? ` ${reason}` : ''})`),
  );
  try {
    return await promise;
  } finally {
    until.removeEventListener('abort', onAbort);
    socket.close();
  }
}

export interface ExecStatus {
  readonly status?: string;
  readonly reason?: string;
  readonly message?: string;
}

function execUrl(server: string, { namespace, pod, container, command }: ExecTarget): string {
  const query = new URLSearchParams({ container, stdout: 'true', stderr: 'true' });
  for (const word of command) query.append('command', word);
  return `${server.replace(/^http/, 'ws')}${podPath({ namespace, name: pod }, 'exec')}?${query}`;
}
