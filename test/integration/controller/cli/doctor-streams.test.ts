// The doctor's look at streams, with one hop broken at a time: real sockets and protocols, the kubelet port as it is, and
// an agent that the test plays.
import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { LongshoreError } from '../../../../common/errors.ts';
import type { StreamOutput } from '../../../../common/stream-message.ts';
import type { Cluster } from '../../../../controller/cli/cluster.ts';
import type { DoctorContext } from '../../../../controller/cli/doctor/check.ts';
import { STREAM_CHECKS } from '../../../../controller/cli/doctor/check-streams.ts';
import { openKubeletEndpoint } from '../../../../controller/cli/doctor/kubelet-endpoint.ts';
import { runChecks } from '../../../../controller/cli/doctor/run-checks.ts';
import type { Endpoint } from '../../../../controller/cli/stream-client.ts';
import { createStreamClient } from '../../../../controller/kubelet/client/stream-client.ts';
import { type ApiProxyOptions, startApiProxy } from '../../../kit/api-proxy.ts';
import { createTestAuthority } from '../../../kit/certificates.ts';
import { type AgentScript, type KubeletOptions, startTestKubelet } from '../../../kit/kubelet-fixture.ts';

/** Of a terminal that echoes what is typed; Ctrl-C ends what runs on it. */
interface Terminal {
  readonly typed: EventEmitter;
  readonly written: Buffer[];
}

/** As an agent is to the doctor's pod: there are no programs, a terminal echoes, no port is open. */
const agentOf =
  ({ typed, written }: Terminal): AgentScript =>
  async (request, input) => {
    if ('portForward' in request)
      throw new LongshoreError('invalid', 'dial tcp 127.0.0.1:1: connection refused');
    return (async function* (): AsyncGenerator<StreamOutput> {
      for await (const message of input) {
        if ('exec' in request && message.kind === 'begin') return yield { kind: 'exit', code: 127 };
        if (message.kind !== 'data') continue;
        const isCtrlC = message.data.toString() === '\x03';
        const data = isCtrlC ? Buffer.from('^C') : message.data;
        written.push(data);
        typed.emit(isCtrlC ? 'ended' : 'typed');
        yield { ...message, data };
        if (isCtrlC) return yield { kind: 'exit', code: 0 };
      }
    })();
  };
const AGENT = agentOf(aTerminal());

function aTerminal(): Terminal {
  const typed = new EventEmitter();
  typed.setMaxListeners(0);
  return { typed, written: [] };
}

/** Follows what is typed on the terminal, until what runs on it ends. */
const logsOf = ({ typed, written }: Terminal) => ({
  open: async (_request: unknown, signal: AbortSignal) =>
    (async function* () {
      yield Buffer.from('a line of before\n');
      const ended = once(typed, 'ended', { signal }).then(() => false);
      ended.catch(() => undefined);
      for (let at = 0, open = true; open && !signal.aborted; ) {
        for (; at < written.length; at++) yield written[at] ?? Buffer.of();
        open = await Promise.race([ended, once(typed, 'typed', { signal }).then(() => true)]).catch(
          () => false,
        );
      }
    })(),
});

/** It begins, and that is all that it does. */
const SILENT_LOGS = {
  open: async (_request: unknown, signal: AbortSignal) =>
    (async function* () {
      yield Buffer.from('a line of before\n');
      if (!signal.aborted) await once(signal, 'abort');
    })(),
};

interface Broken extends ApiProxyOptions {
  readonly agent?: AgentScript;
  readonly kubelet?: KubeletOptions;
  /** Where the kubelet port is dialled instead. */
  readonly port?: () => Promise<Endpoint>;
  readonly probePod?: DoctorContext['probePod'];
  readonly signal?: AbortSignal;
}

const POD = { namespace: 'default', name: 'web', container: 'app', agent: 'pi' };

async function look(broken: Broken = {}) {
  const terminal = aTerminal();
  await using kubelet = await startTestKubelet(broken.agent ?? agentOf(terminal), {
    logs: logsOf(terminal),
    ...broken.kubelet,
  });
  await using api = await startApiProxy(kubelet.endpoint, broken);
  const context = {
    cluster: { endpoint: async () => api.endpoint },
    diagnosis: () => ({ agents: [{ name: 'pi', connected: true }] }),
    signal: broken.signal,
    probePod: broken.probePod ?? (async () => POD),
    kubeletEndpoint: broken.port ?? (async () => kubelet.endpoint),
    streams: async () => createStreamClient(),
  } as unknown as DoctorContext;
  const results = await runChecks(STREAM_CHECKS, context, () => {});
  return new Map(
    results.map(({ check, findings }) => [
      check,
      findings.map(({ outcome, message, remedy = '' }) => ({ outcome, message, remedy })),
    ]),
  );
}

const DENYING = {
  authenticate: async () => undefined,
  authorize: async () => ({ allowed: false, reason: '' }),
};
const unreachablePort = () => Promise.reject(new LongshoreError('unavailable', 'it cannot be dialled'));

type Seen = Awaited<ReturnType<typeof look>>;
const STREAMS = ['logs -f', 'exec', 'attach', 'port-forward'] as const;
const outcomes = (seen: Seen) =>
  Object.fromEntries(
    STREAMS.map((check) => [
      check,
      seen
        .get(check)
        ?.map(({ outcome }) => outcome)
        .join(' '),
    ]),
  );
const all = (outcome: string) => Object.fromEntries(STREAMS.map((check) => [check, outcome]));
const words = (seen: Seen, check: string) =>
  seen
    .get(check)
    ?.map(({ message, remedy }) => `${message} -> ${remedy}`)
    .join('\n') ?? '';

describe("the doctor's look at streams", { concurrency: true }, () => {
  it('finds nothing where all come through, on both ways and over both transports', async () => {
    const seen = await look();
    assert.deepEqual(outcomes(seen), all('ok'), JSON.stringify([...seen]));
    const ways = 'through the API server and at the kubelet port';
    assert.equal(seen.get('logs -f')?.[0]?.message, `logs -f works, ${ways}`);
    for (const check of ['exec', 'attach', 'port-forward'])
      assert.equal(seen.get(check)?.[0]?.message, `${check} works over SPDY and over WebSocket, ${ways}`);
  });

  it('names the way to the agent where the agent is away', async () => {
    const away = new LongshoreError('unavailable', "agent 'pi' is not connected to the controller");
    const seen = await look({
      agent: () => Promise.reject(away),
      kubelet: { logs: { open: () => Promise.reject(away) } },
    });
    assert.deepEqual(outcomes(seen), { ...all('fail fail'), 'logs -f': 'fail' });
    for (const check of STREAMS) {
      assert.match(words(seen, check), /fails at the kubelet port: .*agent 'pi' is not connected/);
      assert.match(words(seen, check), /-> the way from the kubelet port to the agent fails/);
    }
  });

  it('looks at the API server’s way alone where the user may not use the port', async () => {
    await using closed = await startTestKubelet(AGENT, { reviews: DENYING });
    const seen = await look({ port: async () => closed.endpoint });
    assert.deepEqual(outcomes(seen), all('ok warn'));
    for (const check of STREAMS) {
      assert.match(words(seen, check), /works.* through the API server -> \n/);
      assert.match(
        words(seen, check),
        /is not tried at the kubelet port: 403 Forbidden \(user=.*-> use a kubeconfig/,
      );
    }
  });

  it('takes a port that refuses the API server for a failure, and a user who may not for none', async () => {
    const refusing = await look({ kubelet: { reviews: DENYING } });
    assert.deepEqual(outcomes(refusing), { ...all('fail fail warn'), 'logs -f': 'fail warn' });
    assert.match(words(refusing, 'exec'), /the port does not accept the API server/);
    const message = 'pods "web" is forbidden: User "me" cannot create resource "pods/exec"';
    const forbidden = await look({ forbidden: message, port: unreachablePort });
    assert.deepEqual(outcomes(forbidden), all('warn'));
    assert.match(
      words(forbidden, 'exec'),
      /is not tried through the API server: 403 pods "web" is forbidden/,
    );
  });

  it('names the way from the API server to the port where only that fails', async () => {
    const unreachable = 'error dialing backend: dial tcp 10.0.0.5:10250: connect: connection refused';
    const seen = await look({ unreachable });
    assert.deepEqual(outcomes(seen), { ...all('fail fail'), 'logs -f': 'fail' });
    for (const check of STREAMS) {
      assert.match(words(seen, check), /fails through the API server: 500 error dialing backend/);
      assert.match(words(seen, check), /-> the API server reaches the machine and nothing listens there/);
    }
    const other = await look({ unreachable: 'something else' });
    assert.match(words(other, 'exec'), /-> it works at the kubelet port, so the way from the API server/);
  });

  for (const [blocks, transport] of [
    ['websocket', 'WebSocket'],
    ['SPDY/3.1', 'SPDY'],
  ] as const) {
    it(`names what is between here and the API server where it does not pass ${transport}`, async () => {
      const seen = await look({ blocks });
      assert.deepEqual(outcomes(seen), { ...all('ok fail'), 'logs -f': 'ok' });
      for (const check of ['exec', 'attach', 'port-forward']) {
        assert.match(
          words(seen, check),
          new RegExp(`over ${transport} fails through the API server: 400 upgrades`),
        );
        assert.match(
          words(seen, check),
          new RegExp(`does not pass the upgrade to ${transport}: have it do so`),
        );
      }
    });
  }

  it('waits for a line of a log that was written after it began, and names the hop that keeps it', async () => {
    const [silent, held] = await Promise.all([
      look({ kubelet: { logs: SILENT_LOGS } }),
      look({ buffers: true }),
    ]);
    assert.deepEqual(outcomes(silent), { ...all('ok'), 'logs -f': 'fail' });
    assert.match(
      words(silent, 'logs -f'),
      /fails at the kubelet port: it began, and nothing of what was written after that came -> the way from the kubelet port to the agent fails/,
    );
    assert.deepEqual(outcomes(held), { ...all('ok'), 'logs -f': 'fail' });
    assert.match(
      words(held, 'logs -f'),
      /fails through the API server: it began, and nothing .* -> what is between here and the API server .* without buffering/,
    );
  });

  it('waits for the log to end when its container does', async () => {
    const terminal = aTerminal();
    const { open } = logsOf(terminal);
    const endless: typeof open = async (request, signal) => {
      const lines = await open(request, signal);
      return (async function* () {
        yield* lines;
        if (!signal.aborted) await once(signal, 'abort');
      })();
    };
    const seen = await look({ agent: agentOf(terminal), kubelet: { logs: { open: endless } } });
    assert.deepEqual(outcomes(seen), { ...all('ok'), 'logs -f': 'fail' });
    assert.match(words(seen, 'logs -f'), /fails at the kubelet port: it did not end when its container did/);
  });

  it('tells a log that is cut off from one that ends', async () => {
    const terminal = aTerminal();
    const { open } = logsOf(terminal);
    const cut: typeof open = async (request, signal) => {
      const lines = await open(request, signal);
      return (async function* () {
        yield* lines;
        throw new LongshoreError('unavailable', 'the agent is lost');
      })();
    };
    const seen = await look({ agent: agentOf(terminal), kubelet: { logs: { open: cut } } });
    assert.match(words(seen, 'logs -f'), /fails at the kubelet port: it was cut off, and did not end,/);
  });

  it('says that no line could be written where attach fails alone', async () => {
    const terminal = aTerminal();
    const agent: AgentScript = (request, input, signal) =>
      'attach' in request
        ? Promise.reject(new LongshoreError('unavailable', 'no attaching today'))
        : agentOf(terminal)(request, input, signal);
    const seen = await look({ agent, kubelet: { logs: logsOf(terminal) } });
    assert.equal(seen.get('logs -f')?.[0]?.outcome, 'warn');
    assert.match(
      words(seen, 'logs -f'),
      /no line could be written .*no attaching today -> mend attach first/,
    );
  });

  it('goes by the API server alone where the port cannot be dialled from here', async () => {
    const port = () => Promise.reject(new LongshoreError('unavailable', 'cannot be dialled from here'));
    const seen = await look({ port });
    assert.deepEqual(outcomes(seen), all('ok'));
    assert.equal(seen.get('kubelet port from here')?.[0]?.outcome, 'skip');
    assert.match(seen.get('exec')?.[0]?.message ?? '', /through the API server$/);
  });

  it('names the server that has the place of the kubelet port', async () => {
    const port = () => Promise.reject(new LongshoreError('unauthenticated', 'what answers there is another'));
    const seen = await look({ port });
    assert.match(words(seen, 'kubelet port from here'), /what answers there is another -> see who answers/);
    assert.deepEqual(outcomes(seen), all('ok'));
  });

  it('says why its pod does not run, and looks no further', async () => {
    const seen = await look({
      probePod: () => Promise.reject(new LongshoreError('unavailable', 'p does not run: 0/1 agents fit')),
    });
    assert.match(
      words(seen, 'a pod of its own'),
      /streams are not looked at: p does not run: 0\/1 agents fit/,
    );
    assert.deepEqual(outcomes(seen), all('skip'));
  });

  it('ends without a word of its own when the user interrupts', async () => {
    const interrupt = new AbortController();
    const probePod = () => {
      interrupt.abort();
      return Promise.reject(interrupt.signal.reason);
    };
    await assert.rejects(look({ probePod, signal: interrupt.signal }), { name: 'AbortError' });
  });

  it('is left out, with a warning, for a user who may make no pod', async () => {
    const seen = await look({
      probePod: () => Promise.reject(new LongshoreError('forbidden', 'pods is forbidden')),
    });
    assert.equal(seen.get('a pod of its own')?.[0]?.outcome, 'warn');
    assert.deepEqual(outcomes(seen), all('skip'));
  });
});

describe('the kubelet port as it is dialled from here', () => {
  const clusterAt = (port: number): Pick<Cluster, 'endpoint' | 'kubeletAddress'> => ({
    endpoint: async () => ({ url: 'https://api:6443', headers: { authorization: 'Bearer secret' }, tls: {} }),
    kubeletAddress: async () => ({ host: '127.0.0.1', port }),
  });

  it("is trusted by the controller's own certificate, and the user's token goes there", async () => {
    await using kubelet = await startTestKubelet(AGENT);
    const endpoint = await openKubeletEndpoint({
      ...{ cluster: clusterAt(kubelet.port), nodeName: 'n', certificatePem: kubelet.servingPem },
    });
    assert.equal(endpoint.url, `https://127.0.0.1:${kubelet.port}`);
    const route = { endpoint, path: '/containerLogs/default/web/app' };
    // It knows no such token; that it says so shows that it was asked.
    await assert.rejects(
      createStreamClient().followLog(route, AbortSignal.timeout(5000)),
      /401 Unauthorized/,
    );
  });

  it('is another server: it is told so, and hears nothing of the user', async () => {
    const authority = await createTestAuthority('other');
    const { certPem, keyPem } = await authority.issue({
      commonName: 'other',
      use: 'server',
      altNames: ['localhost'],
    });
    const heard: unknown[] = [];
    const server = createServer({ cert: certPem, key: keyPem }, ({ headers }) => heard.push(headers));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    await using kubelet = await startTestKubelet(AGENT);
    const cluster = clusterAt((server.address() as AddressInfo).port);
    await assert.rejects(
      openKubeletEndpoint({ cluster, nodeName: 'n', certificatePem: kubelet.servingPem }),
      { code: 'unauthenticated', message: /does not have the controller's certificate/ },
    );
    assert.deepEqual(heard, []);
    server.close();
  });

  it('is out of reach where nothing listens', async () => {
    const cluster = clusterAt(1);
    await assert.rejects(openKubeletEndpoint({ cluster, nodeName: 'n', certificatePem: '' }), {
      code: 'unavailable',
      message: /127\.0\.0\.1:1 cannot be dialled from here/,
    });
  });
});
