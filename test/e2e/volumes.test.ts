// Volumes as a user has them: kubectl, the API server and Docker, with the kubelet's own words when one cannot be had.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readMounts } from '../../agent/volumes/mount-table.ts';
import { ensureBusyboxImage } from '../kit/busybox-image.ts';
import { eventually } from '../kit/eventually.ts';
import { type PodManifest, podManifest } from '../kit/manifest.ts';
import { startSandbox, type TestSandbox } from '../kit/sandbox.ts';

describe('volumes', () => {
  let sandbox: TestSandbox;
  let dir: string;

  before(async () => {
    await ensureBusyboxImage();
    dir = mkdtempSync(join(tmpdir(), 'longshore-host-'));
    sandbox = await startSandbox({ agents: 1 });
  });
  after(async () => {
    await sandbox?.[Symbol.asyncDispose]();
    assert.deepEqual(await leftMounts(), [], 'the sandbox left volumes mounted');
    rmSync(dir, { recursive: true });
  });

  const agentFolder = () => sandbox.layout.agent('agent-1').state;
  const leftMounts = async () =>
    (await readMounts()).filter(({ mountPoint }) => mountPoint.startsWith(sandbox.layout.dir));
  const apply = (pod: PodManifest) => sandbox.kubectl(['apply', '-f', '-'], podManifest(pod));
  const ready = (name: string) =>
    sandbox.kubectl(['wait', '--for=condition=Ready', `pod/${name}`, '--timeout=60s']);
  const says = (name: string, text: RegExp, ...args: string[]) =>
    eventually(async () => text.test(await sandbox.kubectl(['logs', name, ...args])), {
      what: `${text} in the log of ${name}`,
    });

  it('share an emptyDir between containers, and are gone with the pod', async () => {
    await apply({
      name: 'shared',
      containers: {
        writer: 'echo hello > /data/greeting; exec sleep 1000',
        reader: 'until cat /data/greeting 2>/dev/null; do sleep 0.1; done; exec sleep 1000',
      },
      container: { volumeMounts: [{ name: 'data', mountPath: '/data' }] },
      spec: { volumes: [{ name: 'data', emptyDir: {} }] },
    });
    await ready('shared');
    await says('shared', /^hello$/m, '-c', 'reader');
    const { uid } = (await sandbox.pod('shared')).metadata;
    const folder = join(agentFolder(), 'volumes', uid);
    assert.ok(statSync(folder).isDirectory());
    await sandbox.kubectl(['delete', 'pod', 'shared', '--timeout=30s']);
    await eventually(() => statSync(folder, { throwIfNoEntry: false }) === undefined, {
      what: 'the end of the emptyDir',
    });
  });

  it('that cannot be had keep the pod waiting with FailedMount, until they can', async () => {
    const path = join(dir, 'later');
    await apply({
      name: 'early',
      containers: { main: 'exec sleep 1000' },
      container: { volumeMounts: [{ name: 'disk', mountPath: '/disk' }] },
      spec: { volumes: [{ name: 'disk', hostPath: { path, type: 'File' } }] },
    });
    const failure = `MountVolume.SetUp failed for volume "disk" : hostPath type check failed: ${path} is not a file`;
    await eventually(async () => (await sandbox.kubectl(['describe', 'pod', 'early'])).includes(failure), {
      what: failure,
    });
    assert.match(await sandbox.kubectl(['get', 'pod', 'early']), /early +0\/1 +ContainerCreating/);
    await apply({
      name: 'maker',
      restartPolicy: 'Never',
      containers: { main: 'touch /machine/later' },
      container: { volumeMounts: [{ name: 'machine', mountPath: '/machine' }] },
      spec: { volumes: [{ name: 'machine', hostPath: { path: dir } }] },
    });
    await ready('early');
  });

  it('that no machine can have leave the pod Pending, and say why', async () => {
    await apply({
      name: 'disk',
      containers: { main: 'exec sleep 1000' },
      container: { volumeMounts: [{ name: 'disk', mountPath: '/disk' }] },
      spec: { volumes: [{ name: 'disk', csi: { driver: 'csi.example.com' } }] },
    });
    const why =
      /Warning +FailedMount .*failed to process volumes=\[disk\]: no volume plugin matched \(csi not supported by this node/;
    await eventually(async () => why.test(await sandbox.kubectl(['describe', 'pod', 'disk'])), {
      what: String(why),
    });
    assert.equal((await sandbox.pod('disk')).status?.phase, 'Pending');
    await sandbox.kubectl(['delete', 'pod', 'disk', '--timeout=20s']);
  });
});
