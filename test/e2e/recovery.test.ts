// SIGKILL at any point of a pod's life: whatever was killed comes back, everything converges, and no container that ran
// is restarted.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import Docker from 'dockerode';
import { ensureBusyboxImage } from '../kit/busybox-image.ts';
import { eventually } from '../kit/eventually.ts';
import { podManifest, TEST_IMAGE } from '../kit/manifest.ts';
import { containersOfPod, startSandbox, type TestSandbox } from '../kit/sandbox.ts';

const docker = new Docker();
const COUNTS = 'i=0; while :; do echo $i; i=$((i+1)); sleep 0.1; done';

describe('after SIGKILL', () => {
  let sandbox: TestSandbox;

  before(async () => {
    await ensureBusyboxImage();
    sandbox = await startSandbox({ agents: 1 });
  });
  after(() => sandbox?.[Symbol.asyncDispose]());

  const apply = (manifest: string) => sandbox.kubectl(['apply', '-f', '-'], manifest);
  const ready = (name: string) =>
    sandbox.kubectl(['wait', '--for=condition=Ready', `pod/${name}`, '--timeout=60s']);
  const containersOf = async (name: string) => containersOfPod((await sandbox.pod(name)).metadata.uid);

  for (const victim of ['agent-1', 'controller']) {
    it(`of the ${victim}, running pods run on and their status stays`, async () => {
      const name = `steady-${victim}`;
      await apply(podManifest({ name, containers: { main: COUNTS, side: 'exec sleep 1000' } }));
      await ready(name);
      await using follow = sandbox.followKubectl(['logs', '-f', name, '-c', 'main']);
      await eventually(() => follow.output.includes('\n3\n'), { what: 'the log' });
      const before = { containers: await containersOf(name), pod: await sandbox.pod(name) };
      await sandbox.kill(victim);
      // As of a kubelet that is restarted: an API server does not tell that a log is not whole.
      assert.equal(await follow.ended, 0);
      const lines = follow.output.split('\n').slice(0, -1);
      assert.equal(follow.output, lines.map((_, index) => `${index}\n`).join(''));
      assert.deepEqual(await containersOf(name), before.containers);
      await sandbox.up();
      // A pod made afterwards proves that the whole chain works again.
      await apply(podManifest({ name: `${name}-next`, containers: { main: 'exec sleep 1000' } }));
      await ready(`${name}-next`);
      assert.deepEqual(await containersOf(name), before.containers);
      assert.ok(
        (await sandbox.kubectl(['logs', name, '-c', 'main'])).startsWith(follow.output),
        'the log goes on',
      );
      const { status } = await sandbox.pod(name);
      assert.equal(status?.startTime, before.pod.status?.startTime);
      assert.deepEqual(
        status?.containerStatuses?.map(({ restartCount, containerID }) => [restartCount, containerID]),
        before.pod.status?.containerStatuses?.map(({ restartCount, containerID }) => [
          restartCount,
          containerID,
        ]),
      );
      const transitions = (conditions: typeof status) =>
        conditions?.conditions
          ?.filter(({ type }) => type === 'Ready')
          .map(({ lastTransitionTime }) => lastTransitionTime);
      assert.deepEqual(transitions(status), transitions(before.pod.status), 'Ready flapped');
    });

    it(`of the ${victim} right after a pod was made, the pod runs once it is back`, async () => {
      const name = `young-${victim}`;
      await apply(podManifest({ name, containers: { main: 'exec sleep 1000' } }));
      await sandbox.kill(victim);
      await sandbox.up();
      await ready(name);
      assert.equal((await containersOf(name)).length, 2);
    });

    it(`of the ${victim} right after a pod was deleted, the pod still goes, containers first`, async () => {
      const name = `leaving-${victim}`;
      await apply(
        podManifest({
          name,
          graceSeconds: 5,
          containers: { main: 'trap "sleep 1; exit" TERM; while :; do sleep 0.1; done' },
        }),
      );
      await ready(name);
      const { metadata } = await sandbox.pod(name);
      const filters = { label: [`io.kubernetes.pod.uid=${metadata.uid}`] };
      await sandbox.kubectl(['delete', 'pod', name, '--wait=false']);
      await sandbox.kill(victim);
      assert.ok(await sandbox.findPod(name), 'nobody was there to confirm its end');
      await sandbox.up();
      await eventually(async () => (await sandbox.findPod(name)) === undefined, {
        what: 'the end of the pod',
      });
      assert.equal((await docker.listContainers({ all: true, filters })).length, 0);
    });

    it(`of the ${victim}, a crash loop goes on counting where it was`, async () => {
      const name = `crash-${victim}`;
      await apply(podManifest({ name, containers: { main: 'exit 1' } }));
      const restarts = async () =>
        (await sandbox.pod(name)).status?.containerStatuses?.[0]?.restartCount ?? 0;
      await eventually(async () => (await restarts()) >= 1, { what: 'a first restart' });
      await sandbox.kill(victim);
      const counted = await restarts();
      await sandbox.up();
      await eventually(async () => (await restarts()) > counted, {
        what: 'another restart',
        timeoutMs: 60_000,
      });
      await sandbox.kubectl(['delete', 'pod', name, '--timeout=30s']);
    });
  }

  it('of the agent, a deleted pod stays past its grace until the agent confirms its end', async () => {
    await apply(
      podManifest({ name: 'unconfirmed', graceSeconds: 1, containers: { main: 'exec sleep 1000' } }),
    );
    await ready('unconfirmed');
    await sandbox.kill('agent-1');
    await sandbox.kubectl(['delete', 'pod', 'unconfirmed', '--wait=false']);
    const { metadata } = await sandbox.pod('unconfirmed');
    const overdueMs = new Date(metadata.deletionTimestamp ?? '').getTime() + 5000;
    await eventually(() => Date.now() > overdueMs, { what: 'its grace to be long over' });
    assert.ok(await sandbox.findPod('unconfirmed'), 'deleted on a timer');
    assert.equal((await containersOf('unconfirmed')).filter((line) => line.endsWith('running')).length, 2);
    await sandbox.up();
    await eventually(async () => (await sandbox.findPod('unconfirmed')) === undefined, { what: 'its end' });
  });

  it('of both while an init container works and while a hook runs, each is done once', async () => {
    const name = 'midway';
    const killBoth = () => Promise.all(['controller', 'agent-1'].map((victim) => sandbox.kill(victim)));
    const folder = await mkdtemp(join(tmpdir(), 'longshore-midway-'));
    const volumeMounts = [{ name: 'data', mountPath: '/data' }];
    const more = { image: TEST_IMAGE, volumeMounts };
    const step = (script: string) => ({ command: ['sh', '-c', script] });
    const init = step('echo init >> /data/done; until [ -e /data/go ]; do sleep 0.1; done');
    const preStop = { exec: step('echo preStop >> /data/done; sleep 3; echo stopped >> /data/done') };
    const serve = step('echo main >> /data/done; trap "exit 0" TERM; while :; do sleep 0.1; done');
    const spec = {
      terminationGracePeriodSeconds: 20,
      volumes: [{ name: 'data', hostPath: { path: folder } }],
      initContainers: [
        { name: 'proxy', ...more, ...step('exec sleep 1000'), restartPolicy: 'Always' },
        { name: 'init', ...more, ...init },
      ],
      containers: [{ name: 'main', ...more, ...serve, lifecycle: { preStop } }],
    };
    const done = () => readFile(join(folder, 'done'), 'utf8').catch(() => '');
    await apply(podManifest({ name, containers: {}, spec }));
    await eventually(async () => (await done()) === 'init\n', { what: 'the init container at work' });
    await killBoth();
    await writeFile(join(folder, 'go'), '');
    await sandbox.up();
    await ready(name);
    const { status } = await sandbox.pod(name);
    const statuses = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
    assert.deepEqual(
      statuses.map(({ restartCount }) => restartCount),
      [0, 0, 0],
    );
    await sandbox.kubectl(['delete', 'pod', name, '--wait=false']);
    await eventually(async () => (await done()).includes('preStop'), { what: 'the hook at work' });
    await killBoth();
    await sandbox.up();
    await sandbox.kubectl(['wait', '--for=delete', `pod/${name}`, '--timeout=60s']);
    assert.equal(await done(), 'init\nmain\npreStop\nstopped\n');
    await rm(folder, { recursive: true });
  });

  it('of both while a pod with the wrong exit runs, its end is reported', async () => {
    await apply(
      podManifest({ name: 'ends', restartPolicy: 'Never', containers: { main: 'sleep 6; exit 5' } }),
    );
    await eventually(async () => (await sandbox.pod('ends')).status?.phase === 'Running', {
      what: 'its start',
    });
    await sandbox.kill('agent-1');
    await sandbox.kill('controller');
    const uid = (await sandbox.pod('ends')).metadata.uid;
    const filters = { label: [`io.kubernetes.pod.uid=${uid}`, 'io.kubernetes.container.name=main'] };
    await eventually(
      async () => (await docker.listContainers({ all: true, filters }))[0]?.State === 'exited',
      { what: 'its end' },
    );
    await sandbox.up();
    await eventually(async () => (await sandbox.pod('ends')).status?.phase === 'Failed', {
      what: 'phase Failed',
    });
    assert.equal((await sandbox.pod('ends')).status?.containerStatuses?.[0]?.state?.terminated?.exitCode, 5);
  });
});
