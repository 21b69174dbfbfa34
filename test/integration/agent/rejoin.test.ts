import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import Docker from 'dockerode';
import { ensureBusyboxImage } from '../../kit/busybox-image.ts';
import { eventually } from '../../kit/eventually.ts';
import { SERVE, scriptPod } from '../../kit/pod-machine.ts';
import { startTestController, type TestController } from '../../kit/rpc-fixture.ts';
import { Wishes } from '../../kit/wishes.ts';

const AGENT = join(import.meta.dirname, '../../../agent/main.ts');
const docker = new Docker();

describe('a machine that joins anew over the state of the agent it was', () => {
  const folder = mkdtempSync(join(tmpdir(), 'longshore-rejoin-'));
  const state = join(folder, 'state');
  const wishes = new Wishes();
  const pod = scriptPod({ main: SERVE });
  let controller: TestController;

  before(async () => {
    await ensureBusyboxImage();
    controller = await startTestController({ observer: wishes });
  });
  after(async () => {
    await controller?.[Symbol.asyncDispose]();
    for (const { Id } of await containers()) await docker.getContainer(Id).remove({ force: true, v: true });
    rmSync(folder, { recursive: true, force: true });
  });

  const containers = () =>
    docker.listContainers({ all: true, filters: { label: [`io.kubernetes.pod.uid=${pod.metadata.uid}`] } });
  const uids = async () => (await containers()).map(({ Labels }) => Labels['longshore.dev/agent-uid']);

  async function startAgent(name: string, { withItsFormerToken = false } = {}) {
    const token = join(folder, name);
    if (!withItsFormerToken) writeFileSync(token, await controller.token());
    const flags = ['--controller', controller.address, '--token-file', token, '--name', name];
    const child = spawn(process.execPath, [AGENT, ...flags, '--state-dir', state], { stdio: 'ignore' });
    return {
      async [Symbol.asyncDispose]() {
        child.kill('SIGTERM');
        if (child.exitCode === null) await once(child, 'exit');
      },
    };
  }

  it('ends its former containers first, and touches them no more', async () => {
    wishes.want(pod);
    let former: string | undefined;
    {
      await using _agent = await startAgent('first');
      await eventually(() => wishes.phase(pod.metadata.uid) === 'Running', { what: 'the pod running' });
      [former] = await uids();
    }
    assert.deepEqual(await uids(), [former, former], 'they outlive their agent');
    rmSync(join(state, 'identity.json'));
    await using _agent = await startAgent('second');
    await eventually(
      async () => {
        const owners = await uids();
        return owners.length === 2 && !owners.includes(former);
      },
      { what: 'the containers of the new agent alone' },
    );
  });

  it('by another token alone when the fleet has removed it, whether it has heard of that before or not', async () => {
    const [second] = await uids();
    assert.ok(second);
    controller.agents.drop('second');
    {
      await using _agent = await startAgent('second');
      await eventually(() => controller.agents.get('second')?.metadata.uid, { what: 'another Agent' });
      await eventually(async () => (await uids()).length === 2 && !(await uids()).includes(second), {
        what: 'its containers alone',
      });
    }
    const [third] = await uids();
    controller.agents.drop('second');
    {
      await using _agent = await startAgent('second', { withItsFormerToken: true });
      await eventually(async () => (await uids()).length === 0, { what: 'the end of its pods' });
      assert.equal(controller.agents.get('second'), undefined, 'what has served is no new token');
    }
    await using _agent = await startAgent('second');
    await eventually(async () => (await uids()).length === 2 && !(await uids()).includes(third), {
      what: 'the containers of the newest',
    });
  });
});
