// Machines whose Dockers are not one: pods go where their image is, and a Docker goes away under an agent and comes back.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import Docker from 'dockerode';
import { ensureBusyboxImage } from '../kit/busybox-image.ts';
import { eventually } from '../kit/eventually.ts';
import { podManifest } from '../kit/manifest.ts';
import { OwnDockerd } from '../kit/own-dockerd.ts';
import { startSandbox, type TestSandbox } from '../kit/sandbox.ts';

interface Conditions {
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly message?: string;
    }[];
  };
}

/** Enough for image locality to count it on one machine of two. */
const IMAGE_MEBIBYTES = 100;

describe('a cluster with a Docker of its own', () => {
  let dockerd: OwnDockerd;
  let sandbox: TestSandbox;
  /** In the machine's own Docker. */
  let largeImage: string | undefined;
  before(async () => {
    dockerd = await OwnDockerd.start();
    await ensureBusyboxImage(dockerd.docker);
    sandbox = await startSandbox({ agents: 2, dockerSocket: dockerd.socket });
  });
  after(async () => {
    await dockerd?.start();
    await sandbox?.[Symbol.asyncDispose]();
    await dockerd?.[Symbol.asyncDispose]();
    if (largeImage !== undefined) await new Docker().getImage(largeImage).remove({ force: true });
  });

  const apply = (manifest: string) => sandbox.kubectl(['apply', '-f', '-'], manifest);
  const condition = async (object: string, type: string) => {
    const found = JSON.parse(await sandbox.kubectl(['get', object, '-o', 'json'])) as Conditions;
    return found.status?.conditions?.find((one) => one.type === type);
  };
  const until = (object: string, type: string, status: string) =>
    eventually(
      async () => {
        const found = await condition(object, type);
        return found?.status === status ? found : undefined;
      },
      { what: `${type}=${status} of ${object}` },
    );
  const starts = async (pod: string) => {
    const { items } = JSON.parse(
      await sandbox.kubectl([
        'get',
        'events',
        '--field-selector',
        `involvedObject.name=${pod}`,
        '-o',
        'json',
      ]),
    ) as { items: { reason: string; count?: number }[] };
    return items.filter(({ reason }) => reason === 'Started').reduce((sum, { count = 1 }) => sum + count, 0);
  };

  it('runs a pod on the machine that holds its image, which is otherwise like the other', async () => {
    const image = await makeLargeImage(new Docker());
    largeImage = image;
    await sandbox.kill('agent-2');
    sandbox.startAgent('agent-2', ['--docker-socket', '/var/run/docker.sock']);
    await eventually(
      async () => {
        const { images } = JSON.parse(await sandbox.longshore(['images', 'list', '-o', 'json']));
        const held = images.find(({ name }: { name: string }) => name.endsWith(image));
        return held?.agents.join() === 'agent-2';
      },
      { what: 'the agent to tell of the image' },
    );
    const run = async (name: string, container: Readonly<Record<string, unknown>>) => {
      await apply(podManifest({ name, containers: { main: 'exec sleep 1000' }, container }));
      await until(`pod/${name}`, 'Ready', 'True');
      return (await sandbox.pod(name)).metadata.annotations?.['longshore.dev/agent'];
    };
    assert.equal(await run('anywhere', {}), 'agent-1', 'the first by name, others being equal');
    assert.equal(await run('where-it-is', { image, imagePullPolicy: 'Never' }), 'agent-2');
    assert.match(await sandbox.longshore(['explain', 'where-it-is']), /images \d+ x1/);
    await sandbox.kubectl(['delete', 'pod', 'anywhere', 'where-it-is', '--timeout=60s']);
    await sandbox.kubectl(['delete', 'agent', 'agent-2', '--timeout=60s']);
  });

  /** Of the pod's sandbox. */
  const addressInDocker = async (pod: string) => {
    const { uid } = (await sandbox.pod(pod)).metadata;
    const label = [`io.kubernetes.pod.uid=${uid}`, 'io.kubernetes.container.name=POD'];
    const [found] = await dockerd.docker.listContainers({ filters: { label } });
    return Object.values(found?.NetworkSettings.Networks ?? {})[0]?.IPAddress;
  };

  it('that is killed and started again sees its agent and node not ready meanwhile, and each pod go on by its policy afterwards, once', async () => {
    const serve = 'trap "exit 0" TERM; sleep 1000 & wait';
    await apply(podManifest({ name: 'always', containers: { main: serve, side: serve } }));
    await apply(podManifest({ name: 'never', containers: { main: serve }, restartPolicy: 'Never' }));
    for (const pod of ['always', 'never']) await until(`pod/${pod}`, 'Ready', 'True');
    const before = (await sandbox.pod('always')).status;

    await dockerd.end('SIGKILL');
    const { message } = await until('agent/agent-1', 'EngineReady', 'False');
    assert.match(message ?? '', /^Docker does not answer at /);
    await until('node/longshore', 'Ready', 'False');
    const { phase, containerStatuses, startTime } = (await sandbox.pod('always')).status ?? {};
    assert.deepEqual(
      { phase, containerStatuses, startTime },
      { phase: before?.phase, containerStatuses: before?.containerStatuses, startTime: before?.startTime },
      'what nobody can see is left as it was',
    );
    await apply(podManifest({ name: 'late', containers: { main: serve } }));

    await dockerd.start();
    await until('agent/agent-1', 'EngineReady', 'True');
    await until('node/longshore', 'Ready', 'True');
    await until('pod/late', 'Ready', 'True');
    const restarted = await eventually(
      async () => {
        const { status } = await sandbox.pod('always');
        const all = status?.containerStatuses ?? [];
        return all.every(({ restartCount, ready }) => restartCount === 1 && ready) ? status : undefined;
      },
      { what: 'the containers begun anew' },
    );
    assert.equal(restarted.startTime, before?.startTime);
    assert.ok(restarted.containerStatuses?.every(({ lastState }) => lastState?.terminated));
    const { podIP, podIPs } = restarted;
    assert.deepEqual([podIPs, podIP], [[{ ip: podIP }], await addressInDocker('always')]);
    await eventually(async () => (await sandbox.pod('never')).status?.phase === 'Succeeded', {
      what: 'the end of what is not to start again',
    });
    const startsOfAll = () => Promise.all(['always', 'never', 'late'].map(starts));
    await eventually(async () => isDeepStrictEqual(await startsOfAll(), [4, 1, 1]), { what: 'their events' });
    await sandbox.kubectl(['delete', 'pod', 'always', 'never', 'late', '--timeout=60s']);
    assert.deepEqual(await dockerd.docker.listContainers({ all: true }), []);
  });
});

/** The test image and as many bytes more. */
async function makeLargeImage(docker: Docker): Promise<string> {
  const image = { repo: 'longshore.test/large', tag: String(process.pid) };
  const Cmd = ['dd', 'if=/dev/zero', 'of=/large', 'bs=1M', `count=${IMAGE_MEBIBYTES}`];
  const made = await docker.createContainer({ Image: await ensureBusyboxImage(docker), Cmd });
  await made.start();
  await made.wait();
  await made.commit(image);
  await made.remove();
  return `${image.repo}:${image.tag}`;
}
