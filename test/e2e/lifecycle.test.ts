// Hooks, probes, ephemeral containers and a new image through the whole chain, as kubectl shows them.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import Docker from 'dockerode';
import { ensureBusyboxImage } from '../kit/busybox-image.ts';
import { eventually } from '../kit/eventually.ts';
import { runInContainer } from '../kit/in-container.ts';
import { podManifest, TEST_IMAGE } from '../kit/manifest.ts';
import { startSandbox, type TestSandbox } from '../kit/sandbox.ts';

const SERVE = 'trap "exit 0" TERM; while :; do sleep 0.1; done';
const FAST = { periodSeconds: 1, failureThreshold: 1, timeoutSeconds: 10 };

describe('the life of a container', () => {
  let sandbox: TestSandbox;
  before(async () => {
    await ensureBusyboxImage();
    sandbox = await startSandbox({ agents: 1 });
  });
  after(() => sandbox?.[Symbol.asyncDispose]());

  const apply = (manifest: string) => sandbox.kubectl(['apply', '-f', '-'], manifest);
  const ready = (name: string) =>
    sandbox.kubectl(['wait', '--for=condition=Ready', `pod/${name}`, '--timeout=30s']);
  const inside = async (name: string, ...command: string[]) =>
    runInContainer(await sandbox.pod(name), 'main', command);

  it('is ready when its readiness probe says so, and is told when not', async () => {
    const readinessProbe = { exec: { command: ['test', '-e', '/ready'] }, ...FAST };
    await apply(podManifest({ name: 'probed', containers: { main: SERVE }, container: { readinessProbe } }));
    await eventually(
      async () => /^probed +0\/1 +Running /m.test(await sandbox.kubectl(['get', 'pod', 'probed'])),
      {
        what: '0/1 Running',
      },
    );
    const { status } = await sandbox.pod('probed');
    const condition = status?.conditions?.find(({ type }) => type === 'Ready');
    assert.equal(condition?.message, 'containers with unready status: [main]');
    await eventually(async () =>
      /Warning +Unhealthy .*Readiness probe failed/.test(
        await sandbox.kubectl(['describe', 'pod', 'probed']),
      ),
    );
    await inside('probed', 'touch', '/ready');
    await ready('probed');
    assert.match(await sandbox.kubectl(['get', 'pod', 'probed']), /^probed +1\/1 +Running /m);
  });

  it('is ready only by the word of its readiness gate’s writer, which nobody else touches', async () => {
    const readinessProbe = { exec: { command: ['test', '-e', '/ready'] }, ...FAST };
    const spec = { readinessGates: [{ conditionType: 'example.com/lb' }] };
    const containers = { main: `touch /ready; ${SERVE}` };
    await apply(podManifest({ name: 'gated', containers, container: { readinessProbe }, spec }));
    const condition = async (type: string) =>
      (await sandbox.pod('gated')).status?.conditions?.find((one) => one.type === type);
    const until = (type: string, status: string, reason?: string) =>
      eventually(
        async () => {
          const found = await condition(type);
          return found?.status === status && found.reason === reason ? found : undefined;
        },
        { what: `${type}=${status}` },
      );
    const write = (status: string) => {
      const written = { type: 'example.com/lb', status, lastTransitionTime: '2026-01-01T00:00:00Z' };
      const patch = JSON.stringify({ status: { conditions: [written] } });
      return sandbox.kubectl(['patch', 'pod', 'gated', '--subresource=status', '-p', patch]);
    };
    await until('ContainersReady', 'True');
    const { message } = await until('Ready', 'False', 'ReadinessGatesNotReady');
    assert.equal(message, 'corresponding condition of pod readiness gate "example.com/lb" does not exist.');
    await write('True');
    await until('Ready', 'True');
    const written = await condition('example.com/lb');
    await inside('gated', 'rm', '/ready');
    await until('Ready', 'False', 'ContainersNotReady');
    await inside('gated', 'touch', '/ready');
    await until('Ready', 'True');
    assert.deepEqual(await condition('example.com/lb'), written);
    await write('False');
    await until('Ready', 'False', 'ReadinessGatesNotReady');
    assert.equal((await condition('ContainersReady'))?.status, 'True');
  });

  it('ends by its liveness probe and begins anew, also while the controller is away', async () => {
    const livenessProbe = {
      exec: { command: ['test', '!', '-e', '/sick'] },
      ...FAST,
      terminationGracePeriodSeconds: 1,
    };
    await apply(
      podManifest({
        name: 'sick',
        graceSeconds: 300,
        containers: { main: SERVE },
        container: { livenessProbe },
      }),
    );
    await ready('sick');
    const pod = await sandbox.pod('sick');
    const { uid } = pod.metadata;
    await sandbox.kill('controller');
    const label = [
      `io.kubernetes.pod.uid=${uid}`,
      'io.kubernetes.container.name=main',
      'io.kubernetes.container.restartCount=1',
    ];
    await runInContainer(pod, 'main', ['touch', '/sick']);
    await eventually(async () => (await new Docker().listContainers({ filters: { label } })).length === 1, {
      what: 'a restart without a controller',
    });
    await sandbox.up();
    await eventually(
      async () => (await sandbox.pod('sick')).status?.containerStatuses?.[0]?.restartCount === 1,
      {
        what: 'a restart',
      },
    );
    await sandbox.kubectl(['delete', 'pod', 'sick', '--timeout=30s']);
  });

  it('ends with its preStop hook first, and its pod stays until that is done', async () => {
    const lifecycle = {
      postStart: { exec: { command: ['sh', '-c', 'echo hello > /proc/1/fd/1'] } },
      preStop: { exec: { command: ['sh', '-c', 'sleep 2; echo bye > /proc/1/fd/1'] } },
    };
    await apply(
      podManifest({
        name: 'hooked',
        graceSeconds: 30,
        containers: { main: SERVE },
        container: { lifecycle },
      }),
    );
    await ready('hooked');
    await using log = sandbox.followKubectl(['logs', '-f', 'hooked']);
    await sandbox.kubectl(['delete', 'pod', 'hooked', '--wait=false']);
    const { metadata, status } = await sandbox.pod('hooked');
    assert.ok(metadata.deletionTimestamp);
    assert.equal(status?.phase, 'Running');
    await eventually(async () => (await sandbox.findPod('hooked')) === undefined, { what: 'its end' });
    await log.ended;
    assert.equal(log.output, 'hello\nbye\n');
  });

  it('is looked into with kubectl debug', async () => {
    await apply(podManifest({ name: 'looked-at', containers: { main: 'exec sleep 4242' } }));
    await ready('looked-at');
    const debug = ['debug', 'looked-at', `--image=${TEST_IMAGE}`, '--image-pull-policy=IfNotPresent'];
    await sandbox.kubectl([...debug, '--target=main', '-c', 'look', '--', 'ps']);
    await eventually(
      async () => (await sandbox.pod('looked-at')).status?.ephemeralContainerStatuses?.[0]?.state?.terminated,
      { what: 'the end of the look' },
    );
    assert.match(await sandbox.kubectl(['logs', 'looked-at', '-c', 'look']), /sleep 4242/);
    assert.match(await sandbox.kubectl(['get', 'pod', 'looked-at']), /^looked-at +1\/1 +Running +0 /m);
  });

  it('begins anew with another image, whatever its restart policy, and is at no time shown as ended', async () => {
    const image = await makeAnotherImage();
    const renew = async (restartPolicy: 'Always' | 'OnFailure' | 'Never') => {
      const name = `renewed-${restartPolicy.toLowerCase()}`;
      await apply(podManifest({ name, restartPolicy, containers: { main: SERVE } }));
      await ready(name);
      const before = (await sandbox.pod(name)).status?.containerStatuses?.[0];
      await using watch = sandbox.followKubectl(['get', 'pod', name, '--watch', '-o', SHOWN]);
      await eventually(() => watch.output.startsWith('Running {"running"'), { what: `a watch of ${name}` });
      await sandbox.kubectl(['set', 'image', `pod/${name}`, `main=${image}`]);
      await eventually(
        async () => /\s1\/1 +Running +1 /.test(await sandbox.kubectl(['get', 'pod', name, '--no-headers'])),
        { what: `${name} ready again` },
      );
      const pod = await sandbox.pod(name);
      const [main] = pod.status?.containerStatuses ?? [];
      assert.equal(main?.image, image);
      assert.notEqual(main?.imageID, before?.imageID);
      assert.equal(main?.restartCount, 1);
      assert.equal(main?.lastState?.terminated?.containerID, before?.containerID);
      const label = [`io.kubernetes.pod.uid=${pod.metadata.uid}`, 'io.kubernetes.container.name=main'];
      const found = await new Docker().listContainers({ filters: { label } });
      assert.deepEqual(
        [main?.containerID],
        found.map(({ Id }) => `docker://${Id}`),
        'what runs is shown',
      );
      await eventually(() => watch.output.includes(main?.containerID ?? ''), {
        what: `${name} in the watch`,
      });
      const shown = watch.output.trimEnd().split('\n');
      const ended = shown.filter((line) => !/^Running {"(running|waiting)"/.test(line));
      assert.deepEqual(ended, [], `${name} is never shown as ended`);
    };
    try {
      await Promise.all((['Always', 'OnFailure', 'Never'] as const).map(renew));
    } finally {
      const pods = ['renewed-always', 'renewed-onfailure', 'renewed-never'];
      await sandbox.kubectl(['delete', 'pod', ...pods, '--timeout=30s']);
      await new Docker().getImage(image).remove();
    }
  });
});

/** A line for each state of a pod and of its container. */
const SHOWN =
  'jsonpath={.status.phase} {.status.containerStatuses[0].state} {.status.containerStatuses[0].containerID}{"\\n"}';

/** The test image under another name and with another ID. */
async function makeAnotherImage(): Promise<string> {
  const docker = new Docker();
  const made = await docker.createContainer({ Image: await ensureBusyboxImage(docker), Cmd: ['true'] });
  const image = { repo: 'longshore.test/another', tag: String(process.pid) };
  await made.commit({ ...image, comment: 'another' });
  await made.remove();
  return `${image.repo}:${image.tag}`;
}
