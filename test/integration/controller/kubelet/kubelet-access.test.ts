import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { RequestOptions } from 'node:https';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { eventually } from '../../../kit/eventually.ts';
import {
  asApiServer,
  clientCa,
  dial,
  get,
  LOGS,
  run,
  serving,
  servingCa,
  withToken,
} from '../../../kit/kubelet-server.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';

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

  it('lets in who is vouched for by a CA of the client CA', async () => {
    await using running = await run();
    const between = await clientCa.intermediate('between');
    const { certPem, keyPem } = await between.issue({
      ...{ commonName: 'kube-apiserver', organizations: ['system:masters'], use: 'client' },
    });
    const chain = { cert: `${certPem}\n${between.caPem}`, key: keyPem };
    assert.equal((await get(running, '/healthz', chain)).status, 200);
    using working = await dial(running, chain);
    running.server.replaceTls({ ...serving, clientCaPem: servingCa.caPem });
    assert.match(await ask(working, '/healthz'), /^HTTP\/1\.1 401 /);
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

  it('turns a flood of unknown tokens away with one line, and serves those it knows', async () => {
    await using running = await run();
    running.reviewer.allowed = () => true;
    assert.equal((await get(running, '/healthz', withToken('good-token'))).status, 200);
    const startedMs = performance.now();
    const counted = new Map<number, number>();
    for (let round = 0; round < 10; round++) {
      const flood = Array.from({ length: 20 }, (_, at) =>
        get(running, '/healthz', withToken(`bad-token-${round}-${at}`)),
      );
      for (const { status, body, headers } of await Promise.all(flood)) {
        counted.set(status, (counted.get(status) ?? 0) + 1);
        assert.match(body, status === 429 ? /^too many attempts from 127\.0\.0\.1: .*$/ : /^Unauthorized$/);
        assert.equal(headers.connection, 'close');
        if (status === 429) assert.equal(headers['retry-after'], '5');
      }
      assert.equal((await get(running, '/healthz', withToken('good-token'))).status, 200);
      assert.equal((await get(running, '/healthz')).status, 200);
    }
    const most = 60 + Math.ceil((performance.now() - startedMs) / 1000);
    assert.ok(running.reviewer.tokens.length <= most, `${running.reviewer.tokens.length} of at most ${most}`);
    assert.equal((counted.get(401) ?? 0) + (counted.get(429) ?? 0), 200);
    assert.ok((counted.get(429) ?? 0) > 0, 'some are turned away');
  });

  it('closes the connection of a caller it does not know', async () => {
    await using running = await run();
    assert.equal((await get(running, '/healthz', {})).headers.connection, 'close');
  });
});

it('a client certificate that has run out is believed no more on a connection that goes on', async () => {
  const clock = new ManualClock(Date.now());
  await using running = await run({ clock });
  using socket = await dial(running);
  assert.match(await ask(socket, '/healthz'), /^HTTP\/1\.1 200 /);
  const until = new X509Certificate(String(asApiServer().cert)).validToDate.getTime();
  clock.setWall(until + 1000);
  const answer = await ask(socket, '/healthz');
  assert.match(answer, /^HTTP\/1\.1 401 .*\r\nConnection: close\r\n/s);
});

/** The beginning of the answer. */
async function ask(socket: TLSSocket, path: string): Promise<string> {
  socket.write(`GET ${path} HTTP/1.1\r\nHost: node\r\n\r\n`);
  const [data] = await once(socket, 'data');
  return String(data);
}

/** A log that goes on until it is let. */
function pausedLog() {
  const { promise, resolve: goOn } = Promise.withResolvers<void>();
  async function* read() {
    yield Buffer.from('before\n');
    await promise;
    yield Buffer.from('after\n');
  }
  return { open: async () => read(), goOn };
}

/** The answer to the next request on a connection whose log is let go on first. */
async function askAfter(socket: TLSSocket, goOn: () => void): Promise<string> {
  let rest = '';
  socket.on('data', (data) => {
    rest += data;
  });
  goOn();
  await eventually(() => /after\n\r\n0\r\n\r\n$/.test(rest), { what: 'the rest of the log' });
  rest = '';
  socket.write('GET /healthz HTTP/1.1\r\nHost: node\r\n\r\n');
  return await eventually(() => /\r\n\r\n.+/s.exec(rest)?.input, { what: 'the answer' });
}

describe('replaceTls', () => {
  it('gives new connections the new certificate and client CA', async () => {
    await using running = await run();
    const renewed = await servingCa.issue({ commonName: 'renewed', use: 'server', altNames: ['localhost'] });
    running.server.replaceTls({ ...renewed, clientCaPem: servingCa.caPem });
    using socket = await dial(running);
    assert.equal(socket.getPeerCertificate().subject.CN, 'renewed');
    assert.equal((await get(running, '/healthz')).status, 401, 'the old client CA is trusted no more');
  });

  it('closes idle connections when the client CA is another, and those at work speak for one that has stayed', async () => {
    const log = pausedLog();
    await using running = await run({ logs: log.open });
    using idle = await dial(running);
    assert.match(await ask(idle, '/healthz'), /^HTTP\/1\.1 200 /);
    using working = await dial(running);
    await ask(working, `${LOGS}?follow=true`);
    running.server.replaceTls({ ...serving, clientCaPem: clientCa.caPem });
    assert.match(await ask(idle, '/healthz'), /^HTTP\/1\.1 200 /, 'of the same client CA');
    const closed = once(idle, 'close');
    running.server.replaceTls({ ...serving, clientCaPem: servingCa.caPem + clientCa.caPem });
    await closed;
    assert.match(await askAfter(working, log.goOn), /^HTTP\/1\.1 200 .*ok$/s);
  });

  it('cuts none that is at work when its client CA is taken away, and takes it at its word no more', async () => {
    const log = pausedLog();
    await using running = await run({ logs: log.open });
    using working = await dial(running);
    await ask(working, `${LOGS}?follow=true`);
    running.server.replaceTls({ ...serving, clientCaPem: servingCa.caPem });
    assert.match(
      await askAfter(working, log.goOn),
      /^HTTP\/1\.1 401 .*\r\nConnection: close\r\n.*Unauthorized$/s,
    );
  });

  it('takes no connection at its word whose client CA was taken away while it began', async () => {
    await using running = await run();
    const socket = connect(running.port, '127.0.0.1');
    await once(socket, 'connect');
    assert.equal((await get(running, '/healthz')).status, 200, 'what came before it has been taken on, too');
    running.server.replaceTls({ ...serving, clientCaPem: servingCa.caPem });
    using late = await dial(running, { socket });
    assert.match(await ask(late, '/healthz'), /^HTTP\/1\.1 401 .*\r\nConnection: close\r\n/s);
  });

  it('keeps what it had when the new client CA is none', async () => {
    await using running = await run();
    const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    for (let time = 0; time < 2; time++)
      assert.throws(() => running.server.replaceTls({ ...serving, clientCaPem: broken }), {
        code: 'invalid',
      });
    assert.equal((await get(running, '/healthz')).status, 200);
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

  it('takes less of headers from one without a certificate', async () => {
    const limits = { maxHeaderBytes: 32 * 1024, maxStrangerHeaderBytes: 8 * 1024 };
    await using running = await run({ limits });
    const long = `/healthz?${'y'.repeat(16 * 1024)}`;
    using stranger = await dial(running, { cert: undefined, key: undefined });
    assert.equal((await get(running, long)).status, 200);
    stranger.write(`GET ${long} HTTP/1.1\r\nHost: node\r\n\r\n`);
    assert.match(await text(stranger), /^HTTP\/1\.1 431 /);
    assert.equal((await get(running, long)).status, 200);
  });

  const exec = (headers: string) =>
    `POST /exec/default/web/app HTTP/1.1\r\nHost: node\r\nContent-Length: 0\r\n${headers}\r\n`;
  const upgrade = 'Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\n';
  const stranger = { cert: undefined, key: undefined };
  /** Its own half stays open when ours ends. */
  const lingering = { ...stranger, allowHalfOpen: true };

  for (const [what, headers] of [
    ['a plain request', ''],
    ['an upgrade', upgrade],
  ] as const) {
    it(`keeps no connection of one who is refused ${what} and does not close`, async () => {
      await using running = await run({ limits: { maxConnections: 2 } });
      using strangers = new DisposableStack();
      for (let count = 0; count < 2; count++) {
        const socket = strangers.use(await dial(running, lingering));
        socket.write(exec(headers));
        assert.match(await text(socket), /^HTTP\/1\.1 401 .*Unauthorized$/s);
        assert.ok(socket.writable);
      }
      assert.equal((await eventually(() => get(running, '/healthz'))).status, 200);
    });
  }

  it('loses one that asks for a stream before anybody can say who it is', async () => {
    await using running = await run({ limits: { idleTimeoutMs: 300 } });
    const asked = Promise.withResolvers<undefined>();
    running.reviewer.authenticate = () => asked.promise;
    using socket = await dial(running, stranger);
    socket.resume();
    socket.write(exec(`Authorization: Bearer any-token\r\n${upgrade}`));
    await once(socket, 'close');
    asked.resolve(undefined);
  });

  it('holds no more connections than its bound', async () => {
    await using running = await run({ limits: { maxConnections: 2 } });
    using first = await dial(running);
    using second = await dial(running);
    assert.ok(first.authorized && second.authorized);
    await assert.rejects(dial(running));
  });
});
