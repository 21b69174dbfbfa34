// The kubelet API on a real TLS socket, before one pod whose agent the test plays; and clients that upgrade.
import { once } from 'node:events';
import type { ClientRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { WebSocket } from 'ws';
import { systemClock } from '../../common/clock.ts';
import type { Pod } from '../../common/pod.ts';
import type { StreamInput, StreamOutput } from '../../common/stream-message.ts';
import type { Endpoint } from '../../controller/cli/stream-client.ts';
import {
  createKubeletServer,
  type KubeletLimits,
  type KubeletServerDeps,
} from '../../controller/kubelet/kubelet-server.ts';
import type { StreamRequest } from '../../controller/reconcile/agent-stream.ts';
import { createTestAuthority } from './certificates.ts';
import { quietLog } from './rpc-fixture.ts';
import { SpdyClient, type SpdyClientOptions } from './spdy-client.ts';
import { createInput } from './stream-input.ts';

/** What the agent does with a stream; throwing refuses it. */
export type AgentScript = (
  request: StreamRequest,
  input: AsyncIterable<StreamInput>,
  signal: AbortSignal,
) => Promise<AsyncIterable<StreamOutput>>;

export const KUBELET_POD: Pod = {
  metadata: { namespace: 'default', name: 'web', uid: 'u-1' },
  spec: { containers: [{ name: 'app' }] },
  status: { phase: 'Running' },
};

export interface KubeletOptions extends Partial<KubeletServerDeps> {
  /** The agent takes nothing of what the client sends. */
  readonly slowInput?: boolean;
  readonly limits?: Partial<KubeletLimits>;
  /** Default: 127.0.0.1. */
  readonly host?: string;
  readonly pod?: Pod;
}

/** A request to become a stream, and the plain answer that turns it down. */
export type RefusedUpgrade = [
  what: string,
  path: string,
  headers: Record<string, string>,
  status: number,
  body: RegExp,
];

export async function startTestKubelet(
  agent: AgentScript,
  { slowInput, limits, host = '127.0.0.1', pod = KUBELET_POD, ...overrides }: KubeletOptions = {},
) {
  const authority = await createTestAuthority('CA');
  const serving = await authority.issue({ commonName: 'node', use: 'server', altNames: ['localhost'] });
  const client = await authority.issue({
    commonName: 'kube-apiserver',
    organizations: ['system:masters'],
    use: 'client',
  });
  const link = {
    async openStream(request: StreamRequest, signal: AbortSignal) {
      const input = createInput();
      signal.addEventListener('abort', () => input.end(), { once: true });
      const output = await agent(request, input.messages, signal);
      const send = async (message: StreamInput) => {
        input.send(message);
        if (slowInput && message.kind === 'data' && !signal.aborted) await once(signal, 'abort');
      };
      return { output, send };
    },
  };
  const server = createKubeletServer(
    {
      tls: { ...serving, clientCaPem: authority.caPem },
      reviews: {
        authenticate: async () => undefined,
        authorize: async () => ({ allowed: true, reason: '' }),
      },
      nodeName: 'longshore',
      pods: () => [pod],
      podFinder: {
        findPod: (_namespace, name) => (name === 'web' ? { pod, agentName: 'pi', link } : undefined),
      },
      figures: () => Promise.reject(new Error('this test looks at no figures')),
      configz: () => ({}),
      logs: { open: () => Promise.reject(new Error('this test reads no logs')) },
      metrics: async () => [],
      clock: systemClock,
      log: quietLog(),
      ...overrides,
    },
    { port: 0, host, limits },
  );
  const port = await server.start();
  const tls = { servername: 'localhost', ca: authority.caPem, cert: client.certPem, key: client.keyPem };

  /** Asks for an upgrade. */
  function ask(path: string, headers: Record<string, string | string[]>, method = 'POST'): ClientRequest {
    const request = httpsRequest({
      ...{ host, port, path, agent: false, method, ...tls },
      headers: { connection: 'Upgrade', ...headers },
    });
    // Whoever waits for an answer is told, too.
    request.on('error', () => undefined);
    return request.end();
  }

  /** The socket, or the refusal. */
  async function upgrade(path: string, headers: Record<string, string | string[]>, method = 'POST') {
    const request = ask(path, headers, method);
    const upgraded = once(request, 'upgrade') as Promise<[{ headers: object }, Socket, Buffer]>;
    upgraded.catch(() => undefined);
    const refused = once(request, 'response');
    refused.catch(() => undefined);
    const answer = await Promise.race([
      upgraded.then(([response, socket]) => ({
        kind: 'upgraded' as const,
        headers: response.headers,
        socket,
      })),
      refused.then(([response]) => ({ kind: 'refused' as const, response })),
    ]);
    if (answer.kind === 'upgraded') return answer;
    const { response } = answer;
    return { kind: 'refused' as const, status: Number(response.statusCode), body: await text(response) };
  }

  async function post(path: string, signal?: AbortSignal) {
    const options = { host, port, path, agent: false, method: 'POST', ...tls };
    const request = httpsRequest({ ...options, signal });
    request.end();
    const [response] = await once(request, 'response');
    return { status: Number(response.statusCode), body: await text(response) };
  }

  const endpoint: Endpoint = { url: `https://${host}:${port}`, headers: {}, tls };

  return {
    server,
    port,
    endpoint,
    servingPem: serving.certPem,
    ask,
    upgrade,
    post,
    async spdy(
      path: string,
      protocols: string | string[] = 'v4.channel.k8s.io',
      options: SpdyClientOptions = {},
    ) {
      const answer = await upgrade(path, { upgrade: 'SPDY/3.1', 'x-stream-protocol-version': protocols });
      if (answer.kind === 'refused') throw new Error(`refused: ${answer.status} ${answer.body}`);
      return new SpdyClient(answer.socket, options);
    },
    webSocket(path: string, protocols?: string | string[]) {
      return new WebSocket(`wss://${host}:${port}${path}`, protocols ?? [], {
        ...tls,
        perMessageDeflate: false,
      });
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
