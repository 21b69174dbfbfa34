// Init containers and sidecars through the whole chain, as kubectl shows them.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ensureBusyboxImage } from '../kit/busybox-image.ts';
import { eventually } from '../kit/eventually.ts';
import { runInContainer } from '../kit/in-container.ts';
import { podManifest, TEST_IMAGE } from '../kit/manifest.ts';
import { startSandbox, type TestSandbox } from '../kit/sandbox.ts';

const SERVE = 'trap "exit 0" TERM; while :; do sleep 0.1; done';

const init = (name: string, script: string, more = {}) => ({
  name,
  image: TEST_IMAGE,
  command: ['sh', '-c', script],
  ...more,
});

describe('init containers', () => {
  let sandbox: TestSandbox;
  before(async () => {
    await ensureBusyboxImage();
    sandbox = await startSandbox({ agents: 1 });
  });
  after(() => sandbox?.[Symbol.asyncDispose]());

  const apply = (manifest: string) => sandbox.kubectl(['apply', '-f', '-'], manifest);
  const shows = (name: string, line: RegExp) =>
    eventually(async () => line.test(await sandbox.kubectl(['get', 'pod', name])), {
      what: `${name} as ${line}`,
    });

  it('are counted off by kubectl, sidecars with the ready containers', async () => {
    const initContainers = [
      init('side', SERVE, { restartPolicy: 'Always' }),
      init('work', 'echo at work; until [ -e /tmp/go ]; do sleep 0.1; done'),
    ];
    await apply(podManifest({ name: 'order', containers: { main: SERVE }, spec: { initContainers } }));
    await shows('order', /^order +1\/2 +Init:1\/2 +0 /m);
    const waiting = await sandbox.pod('order');
    assert.equal(waiting.status?.phase, 'Pending');
    assert.equal(waiting.status?.containerStatuses?.[0]?.state?.waiting?.reason, 'PodInitializing');
    await eventually(async () =>
      (await sandbox.kubectl(['logs', 'order', '-c', 'work'])).includes('at work'),
    );
    const early = await sandbox.tryKubectl(['logs', 'order', '-c', 'main']);
    assert.match(early.stderr, /container "main" in pod "order" is waiting to start: PodInitializing/);
    await runInContainer(await sandbox.pod('order'), 'work', ['touch', '/tmp/go']);
    await sandbox.kubectl(['wait', '--for=condition=Ready', 'pod/order', '--timeout=30s']);
    assert.match(await sandbox.kubectl(['get', 'pod', 'order']), /^order +2\/2 +Running +0 /m);
    const { events } = await eventsOf('order');
    assert.ok(events.includes('Started spec.initContainers{work}'), events.join());
  });

  it('that keep failing show so, and fail the pod where nothing may be tried again', async () => {
    const initContainers = [init('work', 'echo no luck; exit 3')];
    const containers = { main: SERVE };
    await apply(podManifest({ name: 'unlucky', containers, spec: { initContainers } }));
    await shows('unlucky', /^unlucky +0\/1 +Init:CrashLoopBackOff +[1-9]/m);
    assert.equal(await sandbox.kubectl(['logs', 'unlucky', '-c', 'work']), 'no luck\n');
    await apply(
      podManifest({ name: 'given-up', restartPolicy: 'Never', containers, spec: { initContainers } }),
    );
    await shows('given-up', /^given-up +0\/1 +Init:Error +0 /m);
    assert.equal((await sandbox.pod('given-up')).status?.phase, 'Failed');
  });

  it('whose image cannot be had leave the pod deletable at once', async () => {
    const initContainers = [
      { name: 'work', image: 'longshore.test/no-such-image:1', imagePullPolicy: 'Never' },
    ];
    await apply(podManifest({ name: 'no-image', containers: { main: SERVE }, spec: { initContainers } }));
    await shows('no-image', /^no-image +0\/1 +Init:ErrImageNeverPull +0 /m);
    assert.equal((await sandbox.pod('no-image')).status?.phase, 'Pending');
    await sandbox.kubectl(['delete', 'pod', 'no-image', '--timeout=10s']);
  });

  it('that stay let a job come to its end, after which they have ended too', async () => {
    const initContainers = [init('side', SERVE, { restartPolicy: 'Always' })];
    const spec = { initContainers };
    await apply(podManifest({ name: 'job', restartPolicy: 'Never', containers: { main: 'sleep 1' }, spec }));
    await shows('job', /^job +0\/2 +Completed +0 /m);
    const { status } = await sandbox.pod('job');
    assert.equal(status?.phase, 'Succeeded');
    assert.ok(status?.initContainerStatuses?.[0]?.state?.terminated);
  });

  async function eventsOf(pod: string) {
    const { items } = JSON.parse(
      await sandbox.kubectl([
        'get',
        'events',
        '-o',
        'json',
        '--field-selector',
        `involvedObject.name=${pod}`,
      ]),
    ) as { items: { reason: string; involvedObject: { fieldPath?: string } }[] };
    return {
      events: items.map(({ reason, involvedObject }) => `${reason} ${involvedObject.fieldPath ?? ''}`.trim()),
    };
  }
});
