import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createTcpServer } from 'node:net';
import { describe, it } from 'node:test';
import { systemClock } from '../../../../common/clock.ts';
import { createLog } from '../../../../common/log.ts';
import type { KubeletMeter } from '../../../../controller/kubelet/kubelet-meter.ts';
import { createKubeletServer } from '../../../../controller/kubelet/kubelet-server.ts';
import { eventually } from '../../../kit/eventually.ts';
import {
  asApiServer,
  dial,
  get,
  LOGS,
  METRICS,
  NO_FIGURES,
  POD,
  run,
  ScriptedReviewer,
  serving,
  withToken,
} from '../../../kit/kubelet-server.ts';

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
    for (const path of ['/healthz', '/healthz/syncloop']) {
      const { status, body } = await get(running, path);
      assert.deepEqual([status, body], [500, 'the pod watch has been down for 3 minutes'], path);
    }
    for (const path of ['/healthz/ping', '/healthz/log']) {
      const { status, body } = await get(running, path);
      assert.deepEqual([status, body], [200, 'ok'], path);
    }
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
      reviews: new ScriptedReviewer(),
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

it('metrics/slis tells how the health checks go, also those that nobody asked for', async () => {
  let problem: string | undefined;
  await using running = await run({ unhealthy: () => problem });
  assert.equal((await get(running, '/healthz')).body, 'ok');
  problem = 'no lease';
  const { status, body, headers } = await get(running, '/metrics/slis');
  assert.deepEqual([status, headers['content-type']], [200, 'text/plain; version=0.0.4; charset=utf-8']);
  for (const line of [
    'kubernetes_healthcheck{name="ping",type="healthz"} 1',
    'kubernetes_healthcheck{name="log",type="healthz"} 1',
    'kubernetes_healthcheck{name="syncloop",type="healthz"} 0',
    'kubernetes_healthchecks_total{name="ping",type="healthz",status="success"} 2',
    'kubernetes_healthchecks_total{name="syncloop",type="healthz",status="success"} 1',
    'kubernetes_healthchecks_total{name="syncloop",type="healthz",status="error"} 1',
  ])
    assert.ok(body.includes(`${line}\n`), `${line} in:\n${body}`);
  assert.match(body, /^process_start_time_seconds 1\d{9}(\.\d+)?$/m);
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
    const leaving = new AbortController();
    await using running = await run({
      figures: (signal) =>
        new Promise((_resolve, reject) => {
          leaving.abort();
          signal.addEventListener('abort', () => {
            gone.resolve(signal.reason);
            reject(signal.reason);
          });
        }),
    });
    const request = get(running, '/metrics/resource', { ...asApiServer(), signal: leaving.signal });
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
