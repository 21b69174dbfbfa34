import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { before, describe, it } from 'node:test';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { systemClock } from '../../../../common/clock.ts';
import { LongshoreError } from '../../../../common/errors.ts';
import { createLog } from '../../../../common/log.ts';
import type { Pod } from '../../../../common/pod.ts';
import type { ContainerLogs, ContainerLogsRequest } from '../../../../controller/kubelet/container-logs.ts';
import type { KubeletMeter } from '../../../../controller/kubelet/kubelet-meter.ts';
import {
  createKubeletServer,
  type KubeletLimits,
  type KubeletServer,
} from '../../../../controller/kubelet/kubelet-server.ts';
import type { AccessReviewer, ResourceAttributes, User } from '../../../../controller/model/access.ts';
import type { NodeFigures } from '../../../../controller/model/figures/node-figures.ts';
import { createTestAuthority, type KeyPair, type TestAuthority } from '../../../kit/certificates.ts';
import { eventually } from '../../../kit/eventually.ts';

const LOGS = '/containerLogs/default/web/app';
const METRICS = ['# TYPE a counter\n', 'a 1\n'];
const POD: Pod = {
  metadata: { namespace: 'default', name: 'web', uid: 'u-1' },
  spec: { containers: [{ name: 'app' }] },
  status: { phase: 'Running' },
};

let servingCa: TestAuthority;
let clientCa: TestAuthority;
let serving: KeyPair;
let apiServer: KeyPair;

before(async () => {
  servingCa = await createTestAuthority('serving CA');
  clientCa = await createTestAuthority('client CA');
  serving = await servingCa.issue({ commonName: 'node', use: 'server', altNames: ['localhost'] });
  apiServer = await clientCa.issue({
    commonName: 'kube-apiserver',
    organizations: ['system:masters', 'system:nodes'],
    use: 'client',
  });
});

/** Knows one token, allows the API server everything and the token's user what the test says. */
class ScriptedReviewer implements AccessReviewer {
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

const NO_FIGURES: NodeFigures = {
  ...{ nodeName: 'longshore', startedAtMs: 0, machines: [], counters: undefined, pods: [] },
};

interface Running extends AsyncDisposable {
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
}

async function run(setting: Setting = {}): Promise<Running> {
  const reviewer = new ScriptedReviewer();
  const server = createKubeletServer(
    {
      tls: { ...serving, clientCaPem: 'clientCaPem' in setting ? setting.clientCaPem : clientCa.caPem },
      reviewer,
      nodeName: 'longshore',
      pods: setting.pods ?? (() => [POD]),
      podFinder: { findPod: () => undefined },
      figures: setting.figures ?? (async () => NO_FIGURES),
      configz: () => ({ kubeletconfig: { kind: 'KubeletConfiguration' } }),
      logs: { open: setting.logs ?? (() => Promise.reject(new LongshoreError('not-found', 'no logs here'))) },
      metrics: async () => METRICS,
      unhealthy: setting.unhealthy,
      ...(setting.meter && { meter: setting.meter }),
      clock: systemClock,
      log: createLog({ name: 'test', level: 'silent' }),
    },
    { port: 0, host: '127.0.0.1', limits: setting.limits },
  );
  const port = await server.start();
  return { server, port, reviewer, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

const asApiServer = (): RequestOptions => ({ cert: apiServer.certPem, key: apiServer.keyPem });
const withToken = (token: string): RequestOptions => ({ headers: { authorization: `Bearer ${token}` } });

async function get({ port }: Running, path: string, options: RequestOptions = asApiServer()) {
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
async function dial({ port }: Running, options: ConnectionOptions = {}): Promise<TLSSocket & Disposable> {
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

async function* lines(...all: string[]): AsyncGenerator<Buffer> {
  for (const line of all) yield Buffer.from(line);
}

describe('who may call the kubelet API', () => {
  it('lets the API server in by its client certificate, with the user and groups it names', async () => {
    await using running = await run();
    assert.equal((await get(running, '/healthz')).body, 'ok');
    assert.deepEqual(running.reviewer.asked, [
      {
        user: {
          name: 'kube-apiserver',
          groups: ['system:masters', 'system:nodes', 'system:authenticated'],
        },
        attributes: {
          group: '',
          version: 'v1',
          resource: 'nodes',
          subresource: 'healthz',
          name: 'longshore',
          verb: 'get',
        },
      },
    ]);
  });

  it('lets a bearer token in that the API server knows and whose user may', async () => {
    await using running = await run();
    running.reviewer.allowed = (user, { subresource }) => user.uid === 'sa-1' && subresource === 'pods';
    assert.equal((await get(running, '/pods', withToken('good-token'))).status, 200);
    assert.deepEqual(running.reviewer.tokens, ['good-token']);
  });

  it('tries the narrow access first, then nodes/proxy, and names both when it denies', async () => {
    await using running = await run();
    const denied = await get(running, '/pods', withToken('good-token'));
    assert.equal(denied.status, 403);
    assert.equal(
      denied.body,
      'Forbidden (user=system:serviceaccount:ops:metrics, verb=get, resource=nodes, subresource(s)=[pods proxy])',
    );
    assert.deepEqual(
      running.reviewer.asked.map(({ attributes }) => attributes.subresource),
      ['pods', 'proxy'],
    );
  });

  it('denies before it tells whether a path exists', async () => {
    await using running = await run();
    for (const path of ['/nothing/here', LOGS])
      assert.equal((await get(running, path, withToken('good-token'))).status, 403);
    assert.equal((await get(running, '/nothing/here', {})).status, 401);
  });

  const strangers: [who: string, options: () => Promise<RequestOptions>][] = [
    ['without certificate and token', async () => ({})],
    ['with an unknown token', async () => withToken('bad-token')],
    [
      'with a token in another scheme',
      async () => ({ headers: { authorization: 'Basic Z29vZC10b2tlbg==' } }),
    ],
    [
      'with a certificate of another CA',
      async () => {
        const pair = await servingCa.issue({
          commonName: 'kube-apiserver',
          organizations: ['system:masters'],
          use: 'client',
        });
        return { cert: pair.certPem, key: pair.keyPem };
      },
    ],
    [
      'with a server certificate of the right CA',
      async () => {
        const pair = await clientCa.issue({
          commonName: 'kube-apiserver',
          organizations: ['system:masters'],
          use: 'server',
        });
        return { cert: pair.certPem, key: pair.keyPem };
      },
    ],
  ];
  for (const [who, options] of strangers) {
    it(`answers 401 to a caller ${who}`, async () => {
      await using running = await run();
      const answer = await get(running, '/healthz', await options());
      assert.deepEqual({ status: answer.status, body: answer.body }, { status: 401, body: 'Unauthorized' });
      assert.equal(running.reviewer.asked.length, 0);
    });
  }

  it('takes the token of a caller whose certificate is not for this API', async () => {
    await using running = await run();
    running.reviewer.allowed = () => true;
    const pair = await servingCa.issue({ commonName: 'someone', use: 'client' });
    const options = { cert: pair.certPem, key: pair.keyPem, ...withToken('good-token') };
    assert.equal((await get(running, '/healthz', options)).status, 200);
  });

  it('trusts no certificate at all without a client CA', async () => {
    await using running = await run({ clientCaPem: undefined });
    assert.equal((await get(running, '/healthz')).status, 401);
  });

  it('answers 401 when a token cannot be checked and 500 when an access cannot', async () => {
    await using running = await run();
    running.reviewer.down = true;
    assert.equal((await get(running, '/healthz', withToken('good-token'))).status, 401);
    const failed = await get(running, '/healthz');
    assert.equal(failed.status, 500);
    assert.equal(
      failed.body,
      'Authorization error (user=kube-apiserver, verb=get, resource=nodes, subresource=healthz)',
    );
  });

  it('closes the connection of a caller it does not know', async () => {
    await using running = await run();
    assert.equal((await get(running, '/healthz', {})).headers.connection, 'close');
  });
});

describe('the kubelet API', () => {
  it('speaks HTTP/1.1 only, over TLS 1.2 or newer only', async () => {
    await using running = await run();
    using socket = await dial(running, { ALPNProtocols: ['h2', 'http/1.1'] });
    assert.equal(socket.alpnProtocol, 'http/1.1');
    await assert.rejects(
      dial(running, { maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0' }),
    );
  });

  it('lists the pods with their latest status', async () => {
    let phase = 'Pending';
    await using running = await run({ pods: () => [{ ...POD, status: { phase } }, POD] });
    phase = 'Failed';
    const answer = await get(running, '/pods');
    assert.equal(answer.headers['content-type'], 'application/json');
    assert.deepEqual(JSON.parse(answer.body), {
      kind: 'PodList',
      apiVersion: 'v1',
      metadata: {},
      items: [{ ...POD, status: { phase: 'Failed' } }, POD],
    });
  });

  it('lists no pods as an empty list', async () => {
    await using running = await run({ pods: () => [] });
    assert.deepEqual(JSON.parse((await get(running, '/pods')).body).items, []);
  });

  it('says what is wrong with the controller at /healthz', async () => {
    await using running = await run({ unhealthy: () => 'the pod watch has been down for 3 minutes' });
    const answer = await get(running, '/healthz/syncloop');
    assert.deepEqual(
      { status: answer.status, body: answer.body },
      { status: 500, body: 'the pod watch has been down for 3 minutes' },
    );
  });

  const answers: [method: string, path: string, status: number, body: RegExp][] = [
    ['GET', '/metrics/nothing', 404, /^404: Page Not Found$/],
    ['GET', '/', 404, /^404: Page Not Found$/],
    ['POST', '/pods', 405, /^405: Method Not Allowed$/],
    ['OPTIONS', '/pods', 405, /^405: Method Not Allowed$/],
    ['GET', '/pods/%zz', 400, /percent/],
    ['POST', '/exec/default/web/app?command=ls&output=1', 400, /^Upgrade request required$/],
    ['GET', '/attach/default/web/app?output=1', 400, /^Upgrade request required$/],
    ['POST', '/portForward/default/web', 400, /^Upgrade request required$/],
  ];
  for (const [method, path, status, body] of answers) {
    it(`answers ${status} to ${method} ${path}`, async () => {
      await using running = await run();
      const answer = await get(running, path, { ...asApiServer(), method });
      assert.equal(answer.status, status);
      assert.match(answer.body, body);
      assert.equal(answer.headers.allow, status === 405 ? 'GET' : undefined);
    });
  }

  it('answers a request that need not be upgraded as if it had not asked', async () => {
    await using running = await run();
    const headers = { connection: 'Upgrade', upgrade: 'SPDY/3.1' };
    const answer = await get(running, '/healthz', { ...asApiServer(), headers });
    assert.deepEqual([answer.status, answer.body], [200, 'ok']);
  });

  it('says which port is taken', async () => {
    const other = createTcpServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const deps = {
      tls: serving,
      reviewer: new ScriptedReviewer(),
      nodeName: 'longshore',
      pods: () => [],
      podFinder: { findPod: () => undefined },
      figures: async () => NO_FIGURES,
      configz: () => ({}),
      logs: { open: () => Promise.reject(new Error('unused')) },
      metrics: async () => [],
      clock: systemClock,
      log: createLog({ name: 'test', level: 'silent' }),
    };
    await using server = createKubeletServer(deps, { port, host: '127.0.0.1' });
    await assert.rejects(server.start(), {
      code: 'already-exists',
      message: new RegExp(`127.0.0.1:${port}`),
    });
    other.close();
  });
});

describe('metrics', () => {
  it('are for whoever may get nodes/metrics', async () => {
    await using running = await run();
    running.reviewer.allowed = (_user, { subresource, verb }) => subresource === 'metrics' && verb === 'get';
    const answer = await get(running, '/metrics', withToken('good-token'));
    assert.deepEqual([answer.status, answer.body], [200, METRICS.join('')]);
    assert.equal(answer.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
    running.reviewer.allowed = (_user, { subresource }) => subresource === 'proxy';
    await using other = await run();
    other.reviewer.allowed = running.reviewer.allowed;
    assert.equal((await get(other, '/metrics', withToken('good-token'))).status, 403);
  });

  it('count every request by its route, refused ones and upgrades too, and name nothing', async () => {
    const told: unknown[] = [];
    const reviews: string[] = [];
    const meter: KubeletMeter = {
      began: (request) => (code) => told.push([request, code]),
      reviewed: (review, result) => reviews.push(`${review} ${result}`),
    };
    await using running = await run({ meter });
    await get(running, `${LOGS}?follow=true`);
    await get(running, '/no/such/path');
    await get(running, '/healthz', withToken('bad-token'));
    const upgrade = { ...asApiServer(), headers: { connection: 'Upgrade', upgrade: 'SPDY/3.1' } };
    await get(running, '/exec/default/web/app?command=ls', upgrade);
    const counted = (path: string, code: number, isLongRunning = false) => [
      { method: 'GET', path, isLongRunning },
      code,
    ];
    await eventually(() => told.length === 4);
    assert.deepEqual(told, [
      counted('containerLogs', 404),
      counted('Invalid path', 404),
      counted('healthz', 401),
      counted('exec', 400, true),
    ]);
    // Logs and unknown paths need the same; running commands needs more.
    assert.deepEqual(reviews, ['access asked', 'access remembered', 'token asked', 'access asked']);
  });
});

describe('what the node uses', () => {
  const routes: [path: string, type: RegExp, body: RegExp][] = [
    ['/stats/summary', /^application\/json/, /^{"node":{"nodeName":"longshore","startTime":"1970/],
    ['/metrics/resource', /^text\/plain; version=0\.0\.4/, /^resource_scrape_error 1$/m],
    ['/metrics/cadvisor', /^text\/plain; version=0\.0\.4/, /^container_scrape_error 1$/m],
    ['/metrics/probes', /^text\/plain; version=0\.0\.4/, /^$/],
  ];
  for (const [path, type, body] of routes) {
    it(`is shown at ${path} to who may see it`, async () => {
      await using running = await run();
      const shown = await get(running, path);
      assert.equal(shown.status, 200);
      assert.match(String(shown.headers['content-type']), type);
      assert.match(shown.body, body);
      const refused = await get(running, path, withToken('good-token'));
      assert.equal(refused.status, 403);
    });
  }

  it('is all that metrics-server’s rights are good for', async () => {
    await using running = await run();
    running.reviewer.allowed = (_user, { verb, subresource }) => verb === 'get' && subresource === 'metrics';
    assert.equal((await get(running, '/metrics/resource', withToken('good-token'))).status, 200);
    for (const path of ['/pods', '/stats/summary', '/containerLogs/default/web/app'])
      assert.equal((await get(running, path, withToken('good-token'))).status, 403, path);
  });

  it('is not waited for by a client that has left', async () => {
    const gone = Promise.withResolvers<unknown>();
    await using running = await run({
      figures: (signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            gone.resolve(signal.reason);
            reject(signal.reason);
          });
        }),
    });
    const request = get(running, '/metrics/resource', { ...asApiServer(), signal: AbortSignal.timeout(200) });
    await assert.rejects(request);
    await gone.promise;
  });
});

it('lists running pods by their containers, shows its configuration, and says that it makes no checkpoints', async () => {
  const status = {
    phase: 'Running',
    containerStatuses: [
      { name: 'app', image: 'nginx', state: { running: {} } },
      { name: 'ended', image: 'nginx', state: { terminated: { exitCode: 0 } } },
    ] as never,
  };
  await using running = await run({ pods: () => [{ ...POD, status }, POD] });
  const { items } = JSON.parse((await get(running, '/runningpods/')).body) as { items: unknown[] };
  const metadata = { name: 'web', namespace: 'default', uid: 'u-1' };
  const spec = { containers: [{ name: 'app', image: 'nginx', resources: {} }] };
  assert.deepEqual(items, [{ metadata, spec, status: {} }]);
  assert.match((await get(running, '/configz')).body, /"kubeletconfig":{"kind":"KubeletConfiguration"/);
  const checkpoint = await get(running, '/checkpoint/default/web/app', { ...asApiServer(), method: 'POST' });
  assert.equal(checkpoint.status, 404);
  assert.match(checkpoint.body, /cannot be checkpointed/);
});

describe('replaceTls', () => {
  it('gives new connections the new certificate and client CA', async () => {
    await using running = await run();
    const renewed = await servingCa.issue({ commonName: 'renewed', use: 'server', altNames: ['localhost'] });
    running.server.replaceTls({ ...renewed, clientCaPem: servingCa.caPem });
    using socket = await dial(running);
    assert.equal(socket.getPeerCertificate().subject.CN, 'renewed');
    assert.equal((await get(running, '/healthz')).status, 401, 'the old client CA is trusted no more');
  });

  it('keeps what it had when the new key is not the certificate’s', async () => {
    await using running = await run();
    const other = await servingCa.issue({ commonName: 'other', use: 'server' });
    assert.throws(() => running.server.replaceTls({ certPem: other.certPem, keyPem: serving.keyPem }), {
      code: 'invalid',
    });
    assert.equal((await get(running, '/healthz')).status, 200);
  });
});

describe('containerLogs', () => {
  it('passes the query on and the bytes back, chunked', async () => {
    const requests: ContainerLogsRequest[] = [];
    await using running = await run({
      logs: async (request) => {
        requests.push(request);
        return lines('one\n', 'two\n');
      },
    });
    const answer = await get(running, `${LOGS}?tailLines=2&timestamps=true`);
    assert.equal(answer.body, 'one\ntwo\n');
    assert.equal(answer.headers['content-type'], 'text/plain');
    assert.equal(answer.headers['transfer-encoding'], 'chunked');
    assert.deepEqual(requests, [
      {
        namespace: 'default',
        pod: 'web',
        container: 'app',
        options: { follow: false, previous: false, timestamps: true, tailLines: 2, stream: 'LOG_STREAM_ALL' },
      },
    ]);
  });

  it('asks nobody for logs when the query makes no sense', async () => {
    await using running = await run({ logs: () => assert.fail('not to be asked') });
    assert.equal((await get(running, `${LOGS}?tailLines=ten`)).status, 400);
    const invalid = await get(running, `${LOGS}?limitBytes=0`);
    assert.equal(invalid.status, 422);
    assert.match(JSON.parse(invalid.body).message, /^Invalid request: /);
  });

  const refusals = [
    ['not-found', 404, 'container "c" not found in pod "p"'],
    ['invalid', 400, 'container "c" in pod "p" is waiting to start: PodInitializing'],
    ['unavailable', 400, 'agent "garage-pi" is not connected'],
    ['internal', 500, 'internal error; the log of the controller says more'],
  ] as const;
  for (const [code, status, body] of refusals) {
    it(`answers ${status} when the source refuses with ${code}`, async () => {
      await using running = await run({ logs: () => Promise.reject(new LongshoreError(code, body)) });
      const answer = await get(running, LOGS);
      assert.deepEqual({ status: answer.status, body: answer.body }, { status, body });
    });
  }

  it('sends the headers at once under follow, and each chunk as it comes', async () => {
    const first = Promise.withResolvers<void>();
    const last = Promise.withResolvers<void>();
    await using running = await run({
      logs: async () =>
        (async function* () {
          await first.promise;
          yield Buffer.from('hello\n');
          await last.promise;
        })(),
    });
    using socket = await dial(running);
    let seen = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      seen += chunk;
    });
    socket.write(`GET ${LOGS}?follow=true HTTP/1.1\r\nHost: node\r\n\r\n`);
    await eventually(() => /^HTTP\/1\.1 200 OK\r\n.*\r\n\r\n$/s.test(seen), { what: 'the headers' });
    first.resolve();
    await eventually(() => seen.endsWith('6\r\nhello\n\r\n'), { what: 'the chunk' });
    last.resolve();
    await eventually(() => seen.endsWith('0\r\n\r\n'), { what: 'the end' });
  });

  it('cancels at the source when the client goes away', async () => {
    const cancelled = Promise.withResolvers<void>();
    let returned = false;
    await using running = await run({
      logs: async (_, signal) =>
        (async function* () {
          try {
            yield Buffer.from('hello\n');
            await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
          } finally {
            returned = true;
            cancelled.resolve();
          }
        })(),
    });
    const socket = await dial(running);
    socket.write(`GET ${LOGS}?follow=true HTTP/1.1\r\nHost: node\r\n\r\n`);
    await once(socket, 'data');
    socket.destroy();
    await cancelled.promise;
    assert.ok(returned);
  });

  it('cancels a request that the source has not accepted yet', async () => {
    const asked = Promise.withResolvers<AbortSignal>();
    await using running = await run({
      logs: (_, signal) => {
        asked.resolve(signal);
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      },
    });
    const socket = await dial(running);
    socket.write(`GET ${LOGS} HTTP/1.1\r\nHost: node\r\n\r\n`);
    const signal = await asked.promise;
    socket.destroy();
    await eventually(() => signal.aborted, { what: 'the abort' });
  });

  it('cuts the connection when the source fails midway, so that half a log never looks whole', async () => {
    await using running = await run({
      logs: async () =>
        (async function* () {
          yield Buffer.from('half\n');
          throw new LongshoreError('unavailable', 'the agent is gone');
        })(),
    });
    await assert.rejects(get(running, LOGS), { code: 'ECONNRESET' });
  });

  it('takes no more from the source than a reader that stands still has room for', async () => {
    const chunk = Buffer.alloc(32 * 1024, 'x');
    let produced = 0;
    await using running = await run({
      logs: async () =>
        (async function* () {
          for (;;) {
            produced += chunk.length;
            yield chunk;
          }
        })(),
    });
    using socket = await dial(running);
    socket.write(`GET ${LOGS}?follow=true HTTP/1.1\r\nHost: node\r\n\r\n`);
    socket.pause();
    const quiet = await standsStill(() => produced);
    assert.ok(quiet < 24 * 1024 * 1024, `${quiet} bytes were taken for a reader that reads nothing`);
    socket.resume();
    await eventually(() => produced > quiet * 2, { what: 'the reader to be served again' });
  });

  it('answers 429 to one stream more than its bound, and has room again when one ends', async () => {
    await using running = await run({
      limits: { maxStreams: 1 },
      logs: async (_, signal) =>
        (async function* () {
          yield Buffer.from('hello\n');
          await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
        })(),
    });
    const socket = await dial(running);
    socket.write(`GET ${LOGS}?follow=true HTTP/1.1\r\nHost: node\r\n\r\n`);
    await once(socket, 'data');
    const refused = await get(running, LOGS);
    assert.equal(refused.status, 429);
    assert.match(refused.body, /too many streams/);
    socket.destroy();
    const again = await eventually(async () => {
      using next = await dial(running);
      next.write(`GET ${LOGS}?follow=true HTTP/1.1\r\nHost: node\r\n\r\n`);
      const [data] = await once(next, 'data');
      return String(data).startsWith('HTTP/1.1 200');
    });
    assert.ok(again);
  });

  it('ends open streams when the server stops', async () => {
    let ended = false;
    const running = await run({
      logs: async (_, signal) =>
        (async function* () {
          try {
            yield Buffer.from('hello\n');
            await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
          } finally {
            ended = true;
          }
        })(),
    });
    const socket = await dial(running);
    socket.write(`GET ${LOGS}?follow=true HTTP/1.1\r\nHost: node\r\n\r\n`);
    await once(socket, 'data');
    const closed = once(socket, 'close');
    await running.server[Symbol.asyncDispose]();
    await closed;
    assert.ok(ended, 'the source is closed before the server says it has stopped');
    await running.server[Symbol.asyncDispose]();
  });
});

describe('callers that waste time', () => {
  const hurried = { headersTimeoutMs: 300, requestTimeoutMs: 600 };

  it('loses one that connects and says nothing', async () => {
    await using running = await run({ limits: hurried });
    const socket = await dial(running);
    socket.resume();
    await once(socket, 'close');
  });

  it('loses one that sends a header at a time', async () => {
    await using running = await run({ limits: hurried });
    const socket = await dial(running);
    socket.resume();
    socket.write('GET /healthz HTTP/1.1\r\n');
    const dripping = setInterval(() => socket.write('X-Slow: y\r\n'), 50);
    await once(socket, 'close');
    clearInterval(dripping);
  });

  it('answers 431 to headers beyond its bound', async () => {
    await using running = await run({ limits: { maxHeaderBytes: 8 * 1024 } });
    using socket = await dial(running);
    socket.write(`GET /healthz HTTP/1.1\r\nHost: node\r\nX-Long: ${'y'.repeat(16 * 1024)}\r\n\r\n`);
    assert.match(await text(socket), /^HTTP\/1\.1 431 /);
  });

  it('holds no more connections than its bound', async () => {
    await using running = await run({ limits: { maxConnections: 2 } });
    using first = await dial(running);
    using second = await dial(running);
    assert.ok(first.authorized && second.authorized);
    await assert.rejects(dial(running));
  });
});

/** The value once it has not changed for half a second. */
async function standsStill(read: () => number): Promise<number> {
  let [last, since] = [read(), performance.now()];
  await eventually(() => {
    if (read() !== last || last === 0) [last, since] = [read(), performance.now()];
    return performance.now() - since > 500;
  });
  return last;
}
