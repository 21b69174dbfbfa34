import { once } from 'node:events';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { text } from 'node:stream/consumers';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { type Clock, systemClock } from '../../common/clock.ts';
import { LongshoreError } from '../../common/errors.ts';
import { createLog } from '../../common/log.ts';
import type { Pod } from '../../common/pod.ts';
import type { ContainerLogs } from '../../controller/kubelet/container-logs.ts';
import type { KubeletMeter } from '../../controller/kubelet/kubelet-meter.ts';
import {
  createKubeletServer,
  type KubeletLimits,
  type KubeletServer,
} from '../../controller/kubelet/kubelet-server.ts';
import { cacheReviews } from '../../controller/kubelet/review-cache.ts';
import type { AccessReviewer, ResourceAttributes, User } from '../../controller/model/access.ts';
import type { NodeFigures } from '../../controller/model/figures/node-figures.ts';
import { createTestAuthority } from './certificates.ts';

export const LOGS = '/containerLogs/default/web/app';
export const METRICS = ['# TYPE a counter\n', 'a 1\n'];
export const POD: Pod = {
  metadata: { namespace: 'default', name: 'web', uid: 'u-1' },
  spec: { containers: [{ name: 'app' }] },
  status: { phase: 'Running' },
};

export const servingCa = await createTestAuthority('serving CA');
export const clientCa = await createTestAuthority('client CA');
export const serving = await servingCa.issue({ commonName: 'node', use: 'server', altNames: ['localhost'] });
const apiServer = await clientCa.issue({
  commonName: 'kube-apiserver',
  organizations: ['system:masters', 'system:nodes'],
  use: 'client',
});

/** Knows one token, allows the API server everything and the token's user what the test says. */
export class ScriptedReviewer implements AccessReviewer {
  readonly asked: { user: User; attributes: ResourceAttributes }[] = [];
  readonly tokens: string[] = [];
  allowed: (user: User, attributes: ResourceAttributes) => boolean = ({ groups }) =>
    groups.includes('system:masters');
  down = false;

  async authenticate(token: string): Promise<User | undefined> {
    this.tokens.push(token);
    if (this.down) throw new LongshoreError('unavailable', 'the API server is away');
    if (token !== 'good-token') return undefined;
    return { name: 'system:serviceaccount:ops:metrics', uid: 'sa-1', groups: ['system:authenticated'] };
  }

  async authorize(user: User, attributes: ResourceAttributes) {
    this.asked.push({ user, attributes });
    if (this.down) throw new LongshoreError('unavailable', 'the API server is away');
    return { allowed: this.allowed(user, attributes), reason: '' };
  }
}

export const NO_FIGURES: NodeFigures = {
  ...{ nodeName: 'longshore', startedAtMs: 0, machines: [], counters: undefined, pods: [] },
};

export interface Running extends AsyncDisposable {
  readonly server: KubeletServer;
  readonly port: number;
  readonly reviewer: ScriptedReviewer;
}

interface Setting {
  readonly logs?: ContainerLogs['open'];
  readonly pods?: () => readonly Pod[];
  readonly figures?: (signal: AbortSignal) => Promise<NodeFigures>;
  readonly unhealthy?: () => string | undefined;
  readonly meter?: KubeletMeter;
  readonly clientCaPem?: string | undefined;
  readonly limits?: Partial<KubeletLimits>;
  readonly clock?: Clock;
}

export async function run(setting: Setting = {}): Promise<Running> {
  const reviewer = new ScriptedReviewer();
  const { clock = systemClock } = setting;
  const server = createKubeletServer(
    {
      tls: { ...serving, clientCaPem: 'clientCaPem' in setting ? setting.clientCaPem : clientCa.caPem },
      reviews: cacheReviews(reviewer, clock, setting.meter),
      nodeName: 'longshore',
      pods: setting.pods ?? (() => [POD]),
      podFinder: { findPod: () => undefined },
      figures: setting.figures ?? (async () => NO_FIGURES),
      configz: () => ({ kubeletconfig: { kind: 'KubeletConfiguration' } }),
      logs: { open: setting.logs ?? (() => Promise.reject(new LongshoreError('not-found', 'no logs here'))) },
      metrics: async () => METRICS,
      unhealthy: setting.unhealthy,
      ...(setting.meter && { meter: setting.meter }),
      clock,
      log: createLog({ name: 'test', level: 'silent' }),
    },
    { port: 0, host: '127.0.0.1', limits: setting.limits },
  );
  const port = await server.start();
  return { server, port, reviewer, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

export const asApiServer = (): RequestOptions => ({ cert: apiServer.certPem, key: apiServer.keyPem });
export const withToken = (token: string): RequestOptions => ({
  headers: { authorization: `Bearer ${token}` },
});

export async function get({ port }: Running, path: string, options: RequestOptions = asApiServer()) {
  const request = httpsRequest({
    host: '127.0.0.1',
    servername: 'localhost',
    port,
    path,
    ca: servingCa.caPem,
    agent: false,
    ...options,
  });
  request.end();
  const [response] = await once(request, 'response');
  const body = await text(response);
  return { status: response.statusCode as number, body, headers: response.headers };
}

/** A socket that speaks for itself. */
export async function dial(
  { port }: Running,
  options: ConnectionOptions = {},
): Promise<TLSSocket & Disposable> {
  const socket = connect({
    host: '127.0.0.1',
    servername: 'localhost',
    port,
    ca: servingCa.caPem,
    cert: apiServer.certPem,
    key: apiServer.keyPem,
    ...options,
  });
  await once(socket, 'secureConnect');
  socket.on('error', () => {});
  return Object.assign(socket, { [Symbol.dispose]: () => void socket.destroy() });
}

export async function* lines(...all: string[]): AsyncGenerator<Buffer> {
  for (const line of all) yield Buffer.from(line);
}
