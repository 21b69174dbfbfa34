import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LongshoreError } from '../../../common/errors.ts';
import type { KubeletServer } from '../../../controller/kubelet/kubelet-server.ts';
import { agentPorts, createKubeletPorts } from '../../../controller/kubelet-ports.ts';

const take = (count: number, ports: Iterable<number>) => [...ports].slice(0, count);
const listen = (port: number) => ({ host: '127.0.0.1', port });

test('a node listens where it did before, else on the first port that no other has', () => {
  const taken = new Set([10251]);
  assert.deepEqual(take(3, agentPorts(listen(10250), { before: 10260, taken })), [10260, 10250, 10252]);
  assert.deepEqual(take(2, agentPorts(listen(10250), { before: undefined, taken })), [10250, 10252]);
  assert.deepEqual(take(2, agentPorts(listen(10250), { before: 9999, taken })), [10250, 10252]);
  assert.deepEqual(take(2, agentPorts(listen(0), { before: 10260, taken })), [0]);
  assert.equal([...agentPorts(listen(65_535), { before: undefined, taken })].length, 1);
});

/** Ports in use elsewhere refuse; what each server serves with is told. */
function fakeServers(busy: readonly number[]) {
  const open = new Map<string, { port: number; cert: string }>();
  const ports = createKubeletPorts({
    tls: { certPem: 'first', keyPem: '' },
    serve: (nodeName, { port, tls }): KubeletServer => ({
      async start() {
        if (busy.includes(port)) throw new LongshoreError('already-exists', 'in use');
        open.set(nodeName, { port, cert: tls.certPem });
        return port;
      },
      replaceTls: ({ certPem }) => void open.set(nodeName, { port, cert: certPem }),
      async [Symbol.asyncDispose]() {
        open.delete(nodeName);
      },
    }),
  });
  return { ports, open };
}

test('ports that others use are passed over, and when there is none it says what to do', async () => {
  const { ports, open } = fakeServers([1, 2]);
  assert.equal(await ports.open('a', [1, 2, 3]), 3);
  await assert.rejects(ports.open('b', [1, 2]), /up to 2; choose another address with --kubelet-listen/);
  await ports.close('a');
  assert.equal(open.size, 0);
});

test('a new certificate is for every port, those opened later too', async () => {
  const { ports, open } = fakeServers([]);
  await ports.open('a', [1]);
  ports.replaceTls({ certPem: 'second', keyPem: '' });
  await ports.open('b', [2]);
  assert.deepEqual(
    [...open.values()].map(({ cert }) => cert),
    ['second', 'second'],
  );
  await ports[Symbol.asyncDispose]();
  assert.equal(open.size, 0);
});
