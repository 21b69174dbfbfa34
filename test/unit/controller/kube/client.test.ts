import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { systemClock } from '../../../../common/clock.ts';
import { errorCode } from '../../../../common/errors.ts';
import { createLog } from '../../../../common/log.ts';
import { ApiError } from '../../../../controller/kube/api-error.ts';
import { createKubeClient, type KubeClient } from '../../../../controller/kube/client.ts';
import { createGate } from '../../../../controller/kube/gate.ts';
import { podPath } from '../../../../controller/kube/resource-path.ts';
import { eventually } from '../../../kit/eventually.ts';
import {
  kubeconfigFor,
  type Script,
  sendJson,
  sendStatus,
  startScriptedServer,
} from '../../../kit/scripted-server.ts';

const log = createLog({ name: 'test', level: 'silent' });

async function withServer(
  script: Script,
  act: (client: KubeClient, server: Awaited<ReturnType<typeof startScriptedServer>>) => Promise<void>,
  options: { maxResponseBytes?: number; maxConcurrent?: number } = {},
): Promise<void> {
  await using server = await startScriptedServer(script);
  await using client = createKubeClient({
    kubeconfigPath: server.kubeconfigPath,
    clock: systemClock,
    log,
    ...options,
  });
  await act(client, server);
  assert.deepEqual(server.faults, []);
}

async function failureOf(call: Promise<unknown>): Promise<ApiError> {
  const error: unknown = await call.then(
    () => assert.fail('the call succeeded'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ApiError, String(error));
  return error;
}

describe('a call', () => {
  it('sends query, body and patch type with the credentials, and returns the JSON of the answer', async () => {
    await withServer(
      (_request, response) => sendJson(response, 200, { kind: 'Pod' }),
      async (client, server) => {
        const answer = await client.request({
          method: 'PATCH',
          path: podPath({ namespace: 'a', name: 'b' }, 'status'),
          query: { dryRun: 'All', absent: undefined },
          body: { status: {} },
          contentType: 'application/strategic-merge-patch+json',
        });
        assert.deepEqual(answer, { kind: 'Pod' });
        const [seen] = server.requests;
        assert.equal(seen?.path, '/api/v1/namespaces/a/pods/b/status');
        assert.equal(seen?.query.toString(), 'dryRun=All');
        assert.equal(seen?.body, '{"status":{}}');
        assert.equal(seen?.headers['content-type'], 'application/strategic-merge-patch+json');
        assert.equal(seen?.headers['authorization'], 'Bearer scripted');
      },
    );
  });

  const answers: [number, string, string][] = [
    [400, 'BadRequest', 'invalid'],
    [403, 'Forbidden', 'forbidden'],
    [404, 'NotFound', 'not-found'],
    [409, 'AlreadyExists', 'already-exists'],
    [409, 'Conflict', 'conflict'],
    [410, 'Expired', 'precondition'],
    [422, 'Invalid', 'invalid'],
    [429, 'TooManyRequests', 'exhausted'],
    [500, 'InternalError', 'unavailable'],
    [503, 'ServiceUnavailable', 'unavailable'],
  ];
  for (const [status, reason, code] of answers) {
    it(`answered ${status} ${reason} fails with ${code} and is not repeated`, async () => {
      await withServer(
        (_request, response) => sendStatus(response, status, reason, 'the reason why'),
        async (client, server) => {
          const error = await failureOf(client.request({ method: 'GET', path: '/x' }));
          assert.deepEqual([error.code, error.statusCode, error.reason], [code, status, reason]);
          assert.match(error.message, /GET \/x: the reason why/);
          assert.equal(server.requests.length, 1);
        },
      );
    });
  }

  it('keeps how long the server asks to wait', async () => {
    await withServer(
      (_request, response) => {
        response.setHeader('retry-after', '7');
        sendStatus(response, 429, 'TooManyRequests');
      },
      async (client) => {
        assert.equal((await failureOf(client.request({ method: 'GET', path: '/x' }))).retryAfterMs, 7000);
      },
    );
  });

  it('reads a refused credential again and tries once more', async () => {
    await using server = await startScriptedServer((request, response) =>
      request.headers['authorization'] === 'Bearer rotated'
        ? sendJson(response, 200, {})
        : sendStatus(response, 401, 'Unauthorized'),
    );
    await using client = createKubeClient({ kubeconfigPath: server.kubeconfigPath, clock: systemClock, log });
    writeFileSync(server.kubeconfigPath, kubeconfigFor(server.url, { token: 'rotated' }));
    assert.deepEqual(await client.request({ method: 'POST', path: '/x', body: {} }), {});
    assert.equal(server.requests.length, 2);
  });

  it('gives a refused credential up with advice and without showing it', async () => {
    await withServer(
      (_request, response) => sendStatus(response, 401, 'Unauthorized'),
      async (client) => {
        const error = await failureOf(client.request({ method: 'GET', path: '/x' }));
        assert.equal(error.code, 'unauthenticated');
        assert.match(error.message, /renew the certificate or token/);
        assert.doesNotMatch(error.message, /scripted/);
      },
    );
  });

  it('repeats a read whose connection was reset, and not a write', async () => {
    await withServer(
      (_request, response) => {
        response.socket?.resetAndDestroy();
      },
      async (client, server) => {
        assert.equal((await failureOf(client.request({ method: 'GET', path: '/x' }))).code, 'unavailable');
        assert.equal(server.requests.length, 3);
        assert.equal(
          (await failureOf(client.request({ method: 'POST', path: '/x', body: {} }))).code,
          'unavailable',
        );
        assert.equal(server.requests.length, 4);
      },
    );
  });

  it('succeeds when the connection holds the second time', async () => {
    let calls = 0;
    await withServer(
      (_request, response) => {
        if (calls++ === 0) response.socket?.destroy();
        else sendJson(response, 200, { ok: true });
      },
      async (client) => {
        assert.deepEqual(await client.request({ method: 'GET', path: '/x' }), { ok: true });
      },
    );
  });

  it('ends at its time limit, before the answer and in the middle of it', async () => {
    await withServer(
      (request, response) => {
        if (request.path === '/half') response.write('{"half":');
      },
      async (client) => {
        for (const path of ['/silent', '/half']) {
          const error = await failureOf(client.request({ method: 'GET', path, timeoutMs: 100 }));
          assert.match(error.message, /no answer within 100 ms/);
        }
      },
    );
  });

  it('ends with `cancelled` when its signal aborts', async () => {
    await withServer(
      () => undefined,
      async (client) => {
        const abort = new AbortController();
        const call = client.request({ method: 'GET', path: '/x', signal: abort.signal });
        setImmediate(() => abort.abort());
        await assert.rejects(call, (error) => errorCode(error) === 'cancelled');
      },
    );
  });

  it('refuses an answer that is too large or no JSON', async () => {
    await withServer(
      (request, response) => {
        response.end(request.path === '/large' ? `"${'x'.repeat(2000)}"` : '<html>login</html>');
      },
      async (client) => {
        assert.equal((await failureOf(client.request({ method: 'GET', path: '/large' }))).code, 'exhausted');
        const error = await failureOf(client.request({ method: 'GET', path: '/html' }));
        assert.match(error.message, /did not answer with JSON/);
      },
      { maxResponseBytes: 1000 },
    );
  });

  it('waits for a place when too many are under way', async () => {
    let now = 0;
    let most = 0;
    await withServer(
      async (_request, response) => {
        most = Math.max(most, ++now);
        await systemClock.sleep(5);
        now--;
        sendJson(response, 200, {});
      },
      async (client) => {
        const calls = Array.from({ length: 12 }, () => client.request({ method: 'GET', path: '/x' }));
        await Promise.all(calls);
        assert.equal(most, 3);
      },
      { maxConcurrent: 3 },
    );
  });

  it('has an urgent call wait behind no other', async () => {
    const hanging = new AbortController();
    await withServer(
      (request, response) => {
        if (request.path === '/urgent') sendJson(response, 200, {});
      },
      async (client, server) => {
        const { signal } = hanging;
        const held = [1, 2].map(() => client.request({ method: 'GET', path: '/hangs', signal }));
        const ended = Promise.allSettled(held);
        await eventually(() => server.requests.length === 1);
        assert.deepEqual(await client.request({ method: 'PUT', path: '/urgent', isUrgent: true }), {});
        assert.equal(server.requests.length, 2);
        hanging.abort();
        await ended;
      },
      { maxConcurrent: 1 },
    );
  });

  it('names no pod that would become another path', () => {
    assert.throws(() => podPath({ namespace: '..', name: 'x' }), /not a name/);
    assert.equal(podPath({ namespace: 'a/b', name: 'x?y' }), '/api/v1/namespaces/a%2Fb/pods/x%3Fy');
  });
});

describe('a kubeconfig', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'kubeconfig-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const load = (kubeconfigPath: string | undefined, context?: string) =>
    createKubeClient({ kubeconfigPath, context, clock: systemClock, log, env: { HOME: folder } });
  const write = (content: object | string) => {
    const path = join(folder, 'config');
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  };
  const good = JSON.parse(kubeconfigFor('https://127.0.0.1:1')) as Record<string, object>;

  const cases: [string, () => unknown, RegExp][] = [
    ['that is missing', () => load(join(folder, 'nowhere')), /nowhere does not exist: give the right path/],
    ['not given, outside a pod', () => load(undefined), /no kubeconfig: give one with --kubeconfig/],
    ['that is not YAML', () => load(write('{{{{')), /cannot read the kubeconfig/],
    ['that is empty', () => load(write('')), /cannot read the kubeconfig|no current-context/],
    ['without a context', () => load(write({ ...good, 'current-context': '' })), /has no current-context/],
    ['without the context asked for', () => load(write(good), 'other'), /no context 'other', only: x/],
    [
      'whose context names no user',
      () => load(write({ ...good, users: [] })),
      /names a cluster or user it does not have/,
    ],
    [
      'whose server is no address',
      () => load(write(kubeconfigFor('localhost:6443'))),
      /'localhost:6443' is not an https:\/\/ address/,
    ],
  ];
  for (const [what, act, message] of cases) {
    it(`${what} is refused at once with what to do`, () => {
      assert.throws(act, (error) => errorCode(error) === 'invalid' && message.test(String(error)));
    });
  }

  it('that points nowhere says so at the first call', async () => {
    const closed = await freePort();
    await using client = load(write(kubeconfigFor(`https://127.0.0.1:${closed}`)));
    const error = await failureOf(client.request({ method: 'GET', path: '/version' }));
    assert.equal(error.code, 'unavailable');
    assert.match(
      error.message,
      /127\.0\.0\.1:\d+: nothing listens there \(ECONNREFUSED\): check that it runs/,
    );
  });

  it('whose server speaks no TLS says so', async () => {
    await using server = await startScriptedServer((_request, response) => sendJson(response, 200, {}));
    await using client = load(write(kubeconfigFor(server.url.replace('http:', 'https:'))));
    assert.match(
      (await failureOf(client.request({ method: 'GET', path: '/' }))).message,
      /does not speak TLS/,
    );
  });
});

describe('a credential plugin', () => {
  const plugin = (script: string) => ({
    exec: { apiVersion: 'client.authentication.k8s.io/v1', command: process.execPath, args: ['-e', script] },
  });

  it('gives the token', async () => {
    await using server = await startScriptedServer((request, response) =>
      sendJson(response, 200, request.headers['authorization'] ?? null),
    );
    const credential = { kind: 'ExecCredential', status: { token: 'from-plugin' } };
    const script = `console.log(${JSON.stringify(JSON.stringify(credential))})`;
    writeFileSync(server.kubeconfigPath, kubeconfigFor(server.url, plugin(script)));
    await using client = createKubeClient({ kubeconfigPath: server.kubeconfigPath, clock: systemClock, log });
    assert.equal(await client.request({ method: 'GET', path: '/' }), 'Bearer from-plugin');
  });

  it('that fails is told in its own words', async () => {
    await using server = await startScriptedServer((_request, response) => sendJson(response, 200, {}));
    const script = `console.error('log in first'); process.exit(1)`;
    writeFileSync(server.kubeconfigPath, kubeconfigFor(server.url, plugin(script)));
    await using client = createKubeClient({ kubeconfigPath: server.kubeconfigPath, clock: systemClock, log });
    await assert.rejects(
      client.request({ method: 'GET', path: '/' }),
      (error) => errorCode(error) === 'unauthenticated' && /log in first/.test(String(error)),
    );
    assert.equal(server.requests.length, 0);
  });
});

describe('a place in the queue', () => {
  it('is left by whoever stops waiting, and never run', async () => {
    const gate = createGate(1);
    const first = Promise.withResolvers<void>();
    const running = gate.run(() => first.promise);
    const abort = new AbortController();
    const order: string[] = [];
    const left = gate.run(async () => order.push('left'), abort.signal);
    const third = gate.run(async () => order.push('third'));
    abort.abort(new Error('leaving'));
    await assert.rejects(left, /leaving/);
    first.resolve();
    await Promise.all([running, third]);
    await gate.run(async () => order.push('fourth'));
    assert.deepEqual(order, ['third', 'fourth']);
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}
