import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { readMounts } from '../../../../agent/volumes/mount-table.ts';
import { eventually } from '../../../kit/eventually.ts';
import { onPodMachine } from '../../../kit/on-pod-machine.ts';
import { mounting, type PodMachine, scriptPod } from '../../../kit/pod-machine.ts';

describe('containers in Docker and the emptyDirs of their pod', () => {
  let machine: PodMachine;
  const { apply, running, end, said } = onPodMachine((fresh) => {
    machine = fresh;
  });

  const isGone = (folder: string) => eventually(() => !existsSync(folder), { what: 'the end of the volume' });
  const mountsOf = async (uid: string) =>
    (await readMounts()).filter(({ mountPoint }) => mountPoint.includes(uid)).length;

  it('share an emptyDir, and keep it when they start again', async () => {
    const mount = { name: 'data', mountPath: '/data' };
    const writer = 'id -G; echo once >> /data/file; stat -c "%a %g" /data /data/file; sleep 1; exit 1';
    const reader =
      'until [ "$(grep -c once /data/file 2>/dev/null)" = 2 ]; do sleep 0.1; done; echo twice; sleep 3600';
    const uid = await running(
      scriptPod(
        { writer, reader },
        {
          volumes: [{ name: 'data', emptyDir: {} }],
          securityContext: { fsGroup: 4321, runAsUser: 1000, runAsGroup: 1000 },
          containers: [mounting('writer', mount), mounting('reader', mount)],
        },
      ),
    );
    await machine.stopAgent();
    await machine.startAgent();
    await said(uid, 'reader', 'twice');
    await said(uid, 'writer', '1000 4321\n2777 4321\n644 4321');
    assert.deepEqual(machine.container(uid, 'reader')?.volumeMounts, [mount]);
    const held = join(machine.volumesDir, uid);
    assert.ok((await stat(held)).isDirectory());
    await end(uid);
    await isGone(held);
  });

  it('have an emptyDir in memory, as large as they may make it', async () => {
    const script =
      'df -k /cache | awk "NR==2{print \\$1, \\$2}"; dd if=/dev/zero of=/cache/x bs=1M count=9 2>/dev/null || echo full; sleep 3600';
    const uid = await running(
      scriptPod(
        { main: script },
        {
          volumes: [{ name: 'cache', emptyDir: { medium: 'Memory' } }],
          containers: [
            {
              ...mounting('main', { name: 'cache', mountPath: '/cache' }),
              resources: { limits: { memory: '8Mi' } },
            },
          ],
        },
      ),
    );
    await said(uid, 'main', /^tmpfs 8192\n/);
    assert.equal(await mountsOf(uid), 1);
    await end(uid);
    await eventually(async () => (await mountsOf(uid)) === 0, { what: 'the end of its mounts' });
  });

  it('keep an emptyDir in memory through a new sandbox and a new agent', async () => {
    const script = 'cat /cache/file 2>/dev/null || echo first; echo again > /cache/file; sleep 3600';
    const uid = await running(
      scriptPod(
        { main: script },
        {
          volumes: [{ name: 'cache', emptyDir: { medium: 'Memory' } }],
          containers: [mounting('main', { name: 'cache', mountPath: '/cache' })],
        },
      ),
    );
    await said(uid, 'main', 'first');
    await machine.stopAgent();
    const sandbox = (await machine.names()).find((name) => name.startsWith('k8s_POD') && name.includes(uid));
    await machine.docker.prompt.getContainer(sandbox ?? '').kill();
    await machine.startAgent();
    await eventually(() => machine.container(uid)?.restartCount === 1 && machine.container(uid)?.ready);
    await said(uid, 'main', 'again');
  });

  it('are evicted with their pod when an emptyDir, or what they write themselves, grows too large', async () => {
    const fill = (path: string) => `dd if=/dev/zero of=${path} bs=1M count=3 2>/dev/null; sleep 3600`;
    const limits = { 'ephemeral-storage': '2Mi' };
    const writer = await apply(
      scriptPod({ main: fill('/tmp/file') }, { containers: [{ name: 'main', resources: { limits } }] }),
    );
    const filler = await apply(
      scriptPod(
        { main: fill('/data/file') },
        {
          volumes: [{ name: 'data', emptyDir: { sizeLimit: '2Mi' } }],
          containers: [mounting('main', { name: 'data', mountPath: '/data' })],
        },
      ),
    );
    const evicted = (uid: string) =>
      eventually(() => (machine.status(uid)?.reason === 'Evicted' ? machine.status(uid) : undefined), {
        what: 'its eviction',
        timeoutMs: 60_000,
      });
    assert.equal((await evicted(filler)).message, 'Usage of EmptyDir volume "data" exceeds the limit "2Mi".');
    const { phase, message } = await evicted(writer);
    assert.equal(phase, 'Failed');
    assert.equal(message, 'Pod ephemeral local storage usage exceeds the total limit of containers 2Mi.');
    assert.ok(machine.reasons(writer).includes('Evicted'));
  });

  it('lose their emptyDirs when their pod has ended, deleted or not', async () => {
    const uid = await apply(
      scriptPod(
        { main: 'echo x > /data/file; echo done' },
        {
          restartPolicy: 'Never',
          volumes: [{ name: 'data', emptyDir: {} }],
          containers: [mounting('main', { name: 'data', mountPath: '/data' })],
        },
      ),
    );
    await eventually(() => machine.status(uid)?.phase === 'Succeeded', { what: 'phase Succeeded' });
    const held = join(machine.volumesDir, uid);
    await isGone(held);
    assert.equal(await machine.output(uid), 'done');
  });
});
