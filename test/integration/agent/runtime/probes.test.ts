import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { after, before, describe, it } from 'node:test';
import * as grpc from '@grpc/grpc-js';
import type { PodContainer } from '../../../../agent/pod/pod-containers.ts';
import { ensureBusyboxImage } from '../../../kit/busybox-image.ts';
import { createTestAuthority } from '../../../kit/certificates.ts';
import { eventually } from '../../../kit/eventually.ts';
import { runInContainer } from '../../../kit/in-container.ts';
import { PodMachine, SERVE, STUBBORN, scriptPod } from '../../../kit/pod-machine.ts';

const FAST = { periodSeconds: 1, failureThreshold: 1, timeoutSeconds: 10 };
const WEB = 'mkdir -p /www/cgi-bin; echo hi > /www/index.html; exec httpd -f -p 8080 -h /www';

describe('probes in Docker', () => {
  let machine: PodMachine;
  before(async () => {
    await ensureBusyboxImage();
    machine = await PodMachine.create();
  });
  after(() => machine[Symbol.asyncDispose]());

  /** This machine, as its pods reach it. */
  const gateway = () => networkInterfaces()['docker0']?.[0]?.address ?? '';
  const apply = async (main: Partial<PodContainer>, script = SERVE, grace = 2) => {
    const containers = [{ name: 'main', ...main }];
    const pod = scriptPod({ main: script }, { terminationGracePeriodSeconds: grace, containers });
    await machine.manager.apply(pod);
    return pod.metadata.uid;
  };
  const ready = (uid: string, wanted = true) =>
    eventually(() => machine.container(uid)?.state?.running && machine.container(uid)?.ready === wanted, {
      what: `ready: ${wanted}`,
    });
  const unhealthy = (uid: string) =>
    eventually(
      () => machine.events.find((event) => event.podUid === uid && event.reason === 'Unhealthy')?.message,
      {
        what: 'an event Unhealthy',
      },
    );
  const inside = (uid: string, ...command: string[]) =>
    runInContainer({ status: machine.status(uid) }, 'main', command);

  it('run commands, and show what they wrote', async () => {
    const command = ['/bin/sh', '-c', 'test -e /ready || { echo not yet; exit 1; }'];
    const uid = await apply({ readinessProbe: { exec: { command }, ...FAST } });
    assert.equal(await unhealthy(uid), 'Readiness probe failed: not yet\n');
    await ready(uid, false);
    await inside(uid, 'touch', '/ready');
    await ready(uid);
    await inside(uid, 'rm', '/ready');
    await ready(uid, false);
  });

  it('send requests over HTTP, by the name of a port', async () => {
    const ports = [{ name: 'web', containerPort: 8080 }];
    const httpGet = { port: 'web', path: '/index.html' };
    await ready(await apply({ ports, readinessProbe: { httpGet, ...FAST } }, WEB));
    const missing = { port: 'web', path: '/none' };
    const uid = await apply(
      { ports, readinessProbe: { httpGet: missing, periodSeconds: 1 } },
      `sleep 0.2; ${WEB}`,
    );
    await eventually(() =>
      machine.events.some(
        ({ podUid, message }) =>
          podUid === uid && message === 'Readiness probe failed: HTTP probe failed with statuscode: 404',
      ),
    );
  });

  it('send requests over HTTPS to whoever answers, known or not', async () => {
    const authority = await createTestAuthority();
    const { certPem, keyPem } = await authority.issue({ commonName: 'nobody knows', use: 'server' });
    const server = createServer({ cert: certPem, key: keyPem }, ({ url }, response) => {
      response.writeHead(url === '/well' ? 200 : 500).end();
    });
    server.listen(0, gateway());
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    try {
      const ask = (path: string) =>
        apply(
          { readinessProbe: { httpGet: { scheme: 'HTTPS', port: 7443, path }, ...FAST } },
          `exec nc -ll -p 7443 -e nc ${gateway()} ${port}`,
        );
      await ready(await ask('/well'));
      const uid = await ask('/ill');
      await eventually(() =>
        machine.events.some(
          ({ podUid, message }) =>
            podUid === uid && message === 'Readiness probe failed: HTTP probe failed with statuscode: 500',
        ),
      );
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it('connect', async () => {
    const tcp = (port: number) => ({ readinessProbe: { tcpSocket: { port }, ...FAST } });
    await ready(await apply(tcp(8080), WEB));
    const uid = await apply(tcp(9), WEB);
    assert.match(
      await unhealthy(uid),
      /^Readiness probe failed: dial tcp [0-9.]+:9: connect: connection refused$/,
    );
    const elsewhere = createTcpServer((socket) => socket.end()).listen(0, '127.0.0.1');
    await once(elsewhere, 'listening');
    const { port } = elsewhere.address() as AddressInfo;
    await ready(await apply({ readinessProbe: { tcpSocket: { host: '127.0.0.1', port }, ...FAST } }));
    elsewhere.close();
  });

  it('ask over gRPC how a service is', async () => {
    const server = new grpc.Server();
    const states: Record<string, number> = { good: 1, bad: 2 };
    const method = {
      path: '/grpc.health.v1.Health/Check',
      requestStream: false,
      responseStream: false,
      requestSerialize: (text: string) => Buffer.from(text),
      requestDeserialize: (message: Buffer) => message.subarray(2).toString('utf8'),
      responseSerialize: (state: number) => Buffer.from([0x08, state]),
      responseDeserialize: (message: Buffer) => message[1] ?? 0,
    };
    server.addService(
      { check: method },
      {
        check: (call: { request: string }, answer: grpc.sendUnaryData<number>) =>
          answer(null, states[call.request] ?? 3),
      },
    );
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync(`${gateway()}:0`, grpc.ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    try {
      // The probe goes to the pod, which hands it on to the server of the test.
      const relay = (service: string) =>
        apply(
          { readinessProbe: { grpc: { port: 7000, service }, ...FAST } },
          `exec nc -ll -p 7000 -e nc ${gateway()} ${port}`,
        );
      await ready(await relay('good'));
      const uid = await relay('bad');
      await eventually(() =>
        machine.events.some(
          ({ podUid, message }) =>
            podUid === uid &&
            message === 'Readiness probe failed: service unhealthy (responded with "NOT_SERVING")',
        ),
      );
    } finally {
      server.forceShutdown();
    }
  });

  it('leave no command behind that took too long', async () => {
    const command = ['/bin/sh', '-c', 'sleep 4321; true'];
    const readinessProbe = { exec: { command }, ...FAST, timeoutSeconds: 1 };
    const uid = await apply({ readinessProbe });
    assert.equal(
      await unhealthy(uid),
      'Readiness probe failed: command timed out: "/bin/sh -c sleep 4321; true" timed out after 1s',
    );
    const failures = () => machine.reasons(uid).filter((reason) => reason === 'Unhealthy').length;
    await eventually(() => failures() >= 3, { what: 'three timeouts' });
    const id = machine.container(uid)?.containerID?.replace('docker://', '') ?? '';
    const { Processes } = await machine.docker.prompt.getContainer(id).top();
    const sleeping = Processes.filter((process: string[]) => process.at(-1)?.includes('sleep 4321'));
    assert.ok(sleeping.length <= 2, `${sleeping.length} processes: at most those of the probe under way`);
  });

  it('that fail end the container within the grace of the probe, and it is restarted', async () => {
    const livenessProbe = {
      exec: { command: ['test', '!', '-e', '/sick'] },
      ...FAST,
      terminationGracePeriodSeconds: 1,
    };
    const uid = await apply({ livenessProbe }, STUBBORN, 300);
    await eventually(() => machine.container(uid)?.state?.running);
    await inside(uid, 'touch', '/sick');
    const began = performance.now();
    await eventually(() => machine.container(uid)?.restartCount === 1, { what: 'a restart' });
    assert.ok(performance.now() - began < 10_000, 'not by the grace of the pod');
    assert.ok(
      machine.events.some(
        ({ podUid, message }) =>
          podUid === uid && message === 'Container main failed liveness probe, will be restarted',
      ),
    );
  });

  it('begin after their delay, come at their pace, and count as often as they are to', async () => {
    const exec = (script: string) => ({ exec: { command: ['/bin/sh', '-c', script] } });
    const readinessProbe = {
      ...exec('date +%s > /proc/1/fd/1'),
      ...{ ...FAST, initialDelaySeconds: 3, periodSeconds: 2, successThreshold: 2 },
    };
    const livenessProbe = {
      ...exec('echo asked > /proc/1/fd/1; false'),
      ...{ ...FAST, failureThreshold: 3, terminationGracePeriodSeconds: 1 },
    };
    const patient = { readinessProbe: { ...exec('sleep 1.5'), periodSeconds: 1, timeoutSeconds: 10 } };
    const containers = [
      { name: 'main', readinessProbe },
      { name: 'sick', livenessProbe },
      { name: 'patient', ...patient },
    ];
    const pod = scriptPod({ main: SERVE, sick: SERVE, patient: SERVE }, { containers });
    const { uid } = pod.metadata;
    await machine.manager.apply(pod);
    await ready(uid);
    const startedAt = machine.container(uid)?.state?.running?.startedAt ?? '';
    const asked = (await machine.output(uid)).split('\n').map(Number);
    assert.equal(asked.length, 2, 'two successes make it ready');
    const [first = 0, second = 0] = asked;
    assert.ok(first - Date.parse(startedAt) / 1000 >= 2, 'not before its delay is over, in whole seconds');
    assert.ok(second - first >= 1 && second - first <= 4, `${second - first} s from one to the next`);
    await eventually(() => (machine.container(uid, 'sick')?.restartCount ?? 0) > 0, { what: 'a restart' });
    assert.equal(await machine.output(uid, 'sick', true), 'asked\nasked\nasked');
    await eventually(() => machine.container(uid, 'patient')?.ready, { what: 'the slow one to be ready' });
    await machine.drop(uid);
  });

  it('keep a container from being ready until it has started', async () => {
    const startupProbe = {
      exec: { command: ['test', '-e', '/started'] },
      periodSeconds: 1,
      failureThreshold: 60,
    };
    const readinessProbe = { tcpSocket: { port: 8080 }, ...FAST };
    const uid = await apply({ startupProbe, readinessProbe }, WEB);
    await eventually(() => machine.container(uid)?.state?.running);
    assert.equal(machine.container(uid)?.started, false);
    await inside(uid, 'touch', '/started');
    await ready(uid);
    assert.equal(machine.container(uid)?.started, true);
  });
});
