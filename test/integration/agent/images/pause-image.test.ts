import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import Docker from 'dockerode';
import { ensurePauseImage } from '../../../../agent/images/pause-image.ts';
import { createDockerImages } from '../../../../agent/runtime/docker-images.ts';
import { ensureBusyboxImage } from '../../../kit/busybox-image.ts';
import { eventually } from '../../../kit/eventually.ts';

const docker = new Docker();
const containers: Docker.Container[] = [];

async function run(options: Docker.ContainerCreateOptions): Promise<Docker.Container> {
  const container = await docker.createContainer(options);
  containers.push(container);
  await container.start();
  return container;
}

describe('the pause image in Docker', () => {
  let pause = '';
  let busybox = '';

  before(async () => {
    pause = await ensurePauseImage(
      createDockerImages({ prompt: docker, patient: docker }),
      (await docker.version()).Arch,
    );
    busybox = await ensureBusyboxImage(docker);
  });

  after(async () => {
    for (const container of containers.toReversed()) await container.remove({ force: true });
  });

  it('is made once', async () => {
    const before = await docker.getImage(pause).inspect();
    await ensurePauseImage(
      createDockerImages({ prompt: docker, patient: docker }),
      (await docker.version()).Arch,
    );
    assert.equal((await docker.getImage(pause).inspect()).Id, before.Id);
  });

  for (const signal of ['SIGTERM', 'SIGINT']) {
    it(`ends at once and well on ${signal}`, async () => {
      const container = await run({ Image: pause });
      assert.equal((await container.inspect()).State.Running, true);
      const start = performance.now();
      await container.kill({ signal });
      assert.equal((await container.wait()).StatusCode, 0);
      assert.ok(performance.now() - start < 3000);
    });
  }

  it('stays through signals that mean nothing to it', async () => {
    const container = await run({ Image: pause });
    for (const signal of ['SIGHUP', 'SIGUSR1', 'SIGCHLD', 'SIGSTOP', 'SIGCONT'])
      await container.kill({ signal });
    const { State } = await container.inspect();
    assert.equal(State.Running, true);
    const sleeps = () => /^State:\s+S \(sleeping\)$/m.test(readFileSync(`/proc/${State.Pid}/status`, 'utf8'));
    await eventually(sleeps, { what: 'it to sleep again' });
  });

  it('reaps what is orphaned to it', async () => {
    const sandbox = await run({ Image: pause });
    const script = 'for i in 1 2 3 4 5; do (sleep 0.2 &) ; done; sleep 1; ps -o pid,stat,comm; sleep 100';
    const user = await run({
      Image: busybox,
      Cmd: ['sh', '-c', script],
      HostConfig: { PidMode: `container:${sandbox.id}` },
    });
    const listing = await eventually(async () => {
      const logs = (await user.logs({ stdout: true, stderr: true })).toString();
      return logs.includes('COMMAND') && logs.includes('ps') ? logs : undefined;
    });
    assert.match(listing, /pause/);
    assert.doesNotMatch(listing, /\bZ\b/);
  });
});
