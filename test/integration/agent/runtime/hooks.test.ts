import assert from 'node:assert/strict';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { PodContainer } from '../../../../agent/pod/pod-containers.ts';
import type { Pod } from '../../../../common/pod.ts';
import { ensureBusyboxImage } from '../../../kit/busybox-image.ts';
import { createTestAuthority } from '../../../kit/certificates.ts';
import { eventually } from '../../../kit/eventually.ts';
import { PodMachine, SERVE, STUBBORN, scriptPod } from '../../../kit/pod-machine.ts';

type Lifecycle = NonNullable<PodContainer['lifecycle']>;
const exec = (script: string) => ({ exec: { command: ['/bin/sh', '-c', script] } });
/** Writes to the container's own log. */
const LOG = '> /proc/1/fd/1';

describe('hooks in Docker', () => {
  let machine: PodMachine;
  before(async () => {
    await ensureBusyboxImage();
    machine = await PodMachine.create();
  });
  after(() => machine[Symbol.asyncDispose]());

  const apply = async (lifecycle: Lifecycle, script = SERVE, spec: Partial<Pod['spec']> = {}) => {
    const containers = [{ name: 'main', lifecycle }];
    const pod = scriptPod({ main: script }, { terminationGracePeriodSeconds: 20, ...spec, containers });
    await machine.manager.apply(pod);
    return pod.metadata.uid;
  };
  const running = (uid: string) =>
    eventually(() => machine.status(uid)?.phase === 'Running', { what: 'phase Running' });
  const goneAfterMs = async (uid: string, graceSeconds: number) => {
    const began = performance.now();
    await machine.manager.remove(uid, graceSeconds);
    const gone = await eventually(() => machine.gone.find((one) => one.uid === uid), { what: 'the end' });
    return { ms: performance.now() - began, gone };
  };
  const messages = (uid: string, reason: string) =>
    machine.events
      .filter((event) => event.podUid === uid && event.reason === reason)
      .map(({ message }) => message);
  /** A server on this machine, where hooks are sent from. */
  const listening = async (server: Server): Promise<number> => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  };

  it('run a command after the start, in the container', async () => {
    const uid = await apply({ postStart: exec(`sleep 0.5; echo hooked ${LOG}`) }, `echo started; ${SERVE}`);
    await running(uid);
    assert.equal(await machine.output(uid), 'started\nhooked');
  });

  it('end a container whose command after the start fails', async () => {
    const uid = await apply({ postStart: exec('echo secret; exit 3') });
    await eventually(() => machine.container(uid)?.state?.waiting?.reason === 'PostStartHookError');
    const { message } = machine.container(uid)?.state?.waiting ?? {};
    assert.equal(message, 'PostStartHook failed: the command exited with 3');
    assert.deepEqual(messages(uid, 'FailedPostStartHook'), ['PostStartHook failed']);
    const missing = await apply({ postStart: { exec: { command: ['no-such-program'] } } });
    const why = await eventually(() => machine.container(missing)?.state?.waiting?.message);
    assert.match(why, /^PostStartHook failed: the command exited with 12[67]$/);
  });

  it('send requests: to the pod by the name of a port, with their headers, whatever is answered', async () => {
    const httpGet = { port: 'web', path: '/hello?a=b', httpHeaders: [{ name: 'X-Hook', value: 'yes' }] };
    const containers = [
      { name: 'main', ports: [{ name: 'web', containerPort: 8080 }], lifecycle: { postStart: { httpGet } } },
    ];
    const answer = 'printf "HTTP/1.1 500 No\\r\\nContent-Length: 0\\r\\n\\r\\n"';
    const pod = scriptPod({ main: `${answer} | nc -l -p 8080; sleep 3600` }, { containers });
    // The server may not listen yet: then the attempt fails, and is made again.
    await machine.manager.apply(pod);
    const { uid } = pod.metadata;
    await running(uid);
    const heard = [/^GET \/hello\?a=b HTTP\/1.1/m, /^x-hook: yes/im, /^user-agent: kube-lifecycle\/1\.\d+/im];
    // It answers before it has said what it was asked.
    await eventually(
      async () => {
        const output = await machine.output(uid);
        return heard.every((pattern) => pattern.test(output));
      },
      { what: 'the request' },
    );
  });

  it('send requests over HTTPS without asking who answers, and over HTTP where HTTPS is not spoken', async () => {
    const seen: string[] = [];
    const authority = await createTestAuthority('nobody known');
    const { certPem: cert, keyPem: key } = await authority.issue({ commonName: 'elsewhere', use: 'server' });
    await using servers = new AsyncDisposableStack();
    const secure = servers.adopt(
      createHttpsServer({ cert, key }, (request, response) => {
        seen.push(`https ${request.url}`);
        response.end();
      }),
      (server) => void server.close(),
    );
    const plain = servers.adopt(
      createHttpServer((request, response) => {
        seen.push(`http ${request.url}`);
        response.end();
      }),
      (server) => void server.close(),
    );
    for (const [server, path] of [
      [secure, '/secure'],
      [plain, '/plain'],
    ] as const) {
      const httpGet = { scheme: 'HTTPS', host: '127.0.0.1', port: await listening(server), path };
      await running(await apply({ postStart: { httpGet } }));
    }
    assert.deepEqual(seen, ['https /secure', 'http /plain']);
  });

  it('run before the stop, within the grace, and the stop waits for them', async () => {
    const uid = await apply(
      { preStop: exec(`sleep 1; echo hooked ${LOG}`) },
      `trap "echo asked; exit 0" TERM; while :; do sleep 0.1; done`,
    );
    await running(uid);
    const followed = machine.follow(uid);
    const { ms, gone } = await goneAfterMs(uid, 20);
    assert.equal(await followed, 'hooked\nasked');
    assert.ok(ms > 1000 && ms < 8000, `it took ${ms} ms`);
    assert.equal(gone.status?.phase, 'Succeeded');
  });

  it('that outlast the grace are not waited for, and two seconds are left for the stop', async () => {
    const uid = await apply({ preStop: exec('sleep 60') }, STUBBORN);
    await running(uid);
    const { ms, gone } = await goneAfterMs(uid, 1);
    assert.ok(ms >= 3000 && ms < 10_000, `it took ${ms} ms`);
    assert.equal(gone.status?.phase, 'Failed');
  });

  it('sleep before the stop', async () => {
    const uid = await apply({ preStop: { sleep: { seconds: 2 } } });
    await running(uid);
    const { ms } = await goneAfterMs(uid, 20);
    assert.ok(ms >= 2000 && ms < 8000, `it took ${ms} ms`);
    assert.deepEqual(messages(uid, 'FailedPreStopHook'), []);
  });

  it('that fail before the stop are told of', async () => {
    const uid = await apply({ preStop: exec('exit 9') });
    await running(uid);
    await goneAfterMs(uid, 20);
    assert.deepEqual(messages(uid, 'FailedPreStopHook'), ['PreStopHook failed']);
  });

  it('are seen to their end by a restarted agent, which begins none anew', async () => {
    const script = 'trap "echo asked; exit 0" TERM; while :; do sleep 0.1; done';
    const uid = await apply(
      { postStart: exec(`echo one ${LOG}; sleep 2`), preStop: exec(`echo two ${LOG}; sleep 2`) },
      script,
    );
    await eventually(async () => (await machine.output(uid).catch(() => '')).includes('one'), {
      what: 'the first hook',
    });
    await machine.stopAgent();
    await machine.startAgent();
    await running(uid);
    const followed = machine.follow(uid);
    await machine.manager.remove(uid, 20);
    await eventually(async () => (await machine.output(uid)).includes('two'), { what: 'the second hook' });
    await machine.stopAgent();
    await machine.startAgent();
    await eventually(() => machine.gone.find((one) => one.uid === uid), { what: 'the end' });
    assert.equal(await followed, 'one\ntwo\nasked');
  });

  it('and the signal that stops a container are the container’s own', async () => {
    const script =
      'trap "echo usr1; exit 0" USR1; trap "echo term; exit 0" TERM; while :; do sleep 0.1; done';
    const uid = await apply({ stopSignal: 'SIGUSR1' }, script);
    await running(uid);
    const followed = machine.follow(uid);
    await goneAfterMs(uid, 20);
    assert.equal(await followed, 'usr1');
  });
});
