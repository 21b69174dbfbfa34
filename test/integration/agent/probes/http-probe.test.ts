import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { HttpTarget } from '../../../../agent/pod/action-target.ts';
import type { ProbeTarget } from '../../../../agent/pod/probe-targets.ts';
import { probeHttp } from '../../../../agent/probes/http-probe.ts';
import { makeProbe } from '../../../../agent/probes/make-probe.ts';
import { systemClock } from '../../../../common/clock.ts';

describe('an HTTP probe', () => {
  let server: Server;
  let port: number;
  let answer: RequestListener = () => {};
  let seen: IncomingHttpHeaders = {};
  before(async () => {
    server = createServer((request, response) => {
      seen = request.headers;
      answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  const target = (wish: Partial<HttpTarget> = {}): HttpTarget => ({
    scheme: 'http',
    host: '127.0.0.1',
    port,
    path: '/',
    headers: [],
    ...wish,
  });
  const probe = (wish: Partial<HttpTarget> = {}) => probeHttp(target(wish), new AbortController().signal);
  const answers = (code: number, headers = {}) => {
    answer = (_, response) => void response.writeHead(code, headers).end('body');
  };

  for (const code of [200, 204, 302, 399]) {
    it(`succeeds by ${code}`, async () => {
      answers(code);
      assert.deepEqual(await probe(), { kind: 'success' });
    });
  }

  for (const code of [400, 404, 500, 503]) {
    it(`fails by ${code}`, async () => {
      answers(code);
      const output = `HTTP probe failed with statuscode: ${code}`;
      assert.deepEqual(await probe(), { kind: 'failure', output });
    });
  }

  it('says who asks, unless its headers say otherwise; a host may be named', async () => {
    answers(200);
    await probe();
    assert.match(seen['user-agent'] ?? '', /^kube-probe\/1\.\d+$/);
    assert.equal(seen.accept, '*/*');
    const headers = [
      { name: 'Host', value: 'shop.example' },
      { name: 'User-Agent', value: 'me' },
      { name: 'Accept', value: '' },
    ];
    await probe({ headers });
    assert.deepEqual([seen.host, seen['user-agent'], seen.accept], ['shop.example', 'me', undefined]);
  });

  it('follows redirects on the same host', async () => {
    answer = (request, response) => {
      if (request.url === '/here?a=b') response.writeHead(503).end();
      else response.writeHead(302, { location: '/here?a=b' }).end();
    };
    assert.deepEqual(await probe(), { kind: 'failure', output: 'HTTP probe failed with statuscode: 503' });
  });

  it('warns of redirects to elsewhere and of too many', async () => {
    answers(302, { location: 'http://elsewhere.example/' });
    assert.equal((await probe()).kind, 'warning');
    answers(302, { location: '/again' });
    assert.equal((await probe()).kind, 'warning');
  });

  it('fails in a kubelet’s words when nobody answers', async () => {
    assert.deepEqual(await probe({ port: 9 }), {
      kind: 'failure',
      output: 'Get "http://127.0.0.1:9/": dial tcp 127.0.0.1:9: connect: connection refused',
    });
  });

  it('fails when its time is over', async () => {
    answer = () => {};
    const settings = {
      timeoutMs: 100,
      periodMs: 1,
      initialDelayMs: 0,
      successThreshold: 1,
      failureThreshold: 1,
    };
    const wish: ProbeTarget = {
      key: 'readiness 1',
      containerId: '1',
      container: 'main',
      kind: 'readiness',
      settings,
      action: { kind: 'http', target: target() },
      startedAtMs: 0,
    };
    const tools = { clock: systemClock, runCommand: () => Promise.reject(new Error('no command')) };
    assert.deepEqual(await makeProbe(wish, tools, new AbortController().signal), {
      kind: 'failure',
      output: `Get "http://127.0.0.1:${port}/": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
    });
  });
});
