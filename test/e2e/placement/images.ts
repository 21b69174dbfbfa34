// Images that are fetched before pods need them.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import Docker from 'dockerode';
import { ensureBusyboxImage } from '../../kit/busybox-image.ts';
import { startDockerRegistry, TEST_CREDENTIALS } from '../../kit/docker-registry.ts';
import { eventually } from '../../kit/eventually.ts';
import type { Fleet } from './fleet.ts';

export function imageScenarios(fleet: Fleet): void {
  const { kubectl } = fleet;

  it('gets an image of a private registry before pods need it, and keeps it where it is pinned', async () => {
    await using registry = await startDockerRegistry(TEST_CREDENTIALS);
    const docker = new Docker();
    const made = await docker.createContainer({ Image: await ensureBusyboxImage(docker), Cmd: ['true'] });
    const local = { repo: 'longshore.test/pulled', tag: String(process.pid) };
    await made.commit({ ...local, comment: 'of its own' });
    await made.remove();
    const image = await registry.push(docker, `${local.repo}:${local.tag}`, 'team/app:1');
    await docker.getImage(`${local.repo}:${local.tag}`).remove();
    const { username, password } = TEST_CREDENTIALS;
    const login = [`--docker-server=${registry.host}`, `--docker-username=${username}`];
    await kubectl('create', 'secret', 'docker-registry', 'login', ...login, `--docker-password=${password}`);
    const pull = (...args: string[]) => fleet.sandbox.longshore(['images', 'pull', image, ...args]);
    const garage = ['--agents', 'zone=garage'];

    await assert.rejects(pull(...garage), ({ cause }: Error) => (cause as { code?: number }).code === 1);
    // The agents of a sandbox share one Docker: who comes second has it already.
    const said = await pull(...garage, '--secret', 'default/login', '--pin');
    for (const name of ['agent-1', 'agent-2'])
      assert.match(said, new RegExp(`agent/${name} (pulled|has it already) \\(`));
    assert.doesNotMatch(said, /agent-[345]/);
    const pins = () => kubectl('get', 'agents', '-o', 'jsonpath={.items[*].spec.pinnedImages[*]}');
    assert.equal(await pins(), `${image} ${image}`);
    const listed = await eventually(
      async () => {
        const answer = await fleet.sandbox.longshore(['images', 'list', '--pinned', '-o', 'json']);
        const [found] = JSON.parse(answer).images;
        return found?.agents.includes('agent-1') && found.agents.includes('agent-2') && found;
      },
      { what: 'the agents to tell of it' },
    );
    assert.deepEqual([listed.name, listed.pinnedOn], [image, ['agent-1', 'agent-2']]);
    const unpinned = await fleet.sandbox.longshore(['images', 'unpin', image, '--all']);
    assert.match(unpinned, /agent-1 unpinned\nagent\/agent-2 unpinned\nagent\/agent-3 not pinned/);
    assert.equal(await pins(), '');
    for (const log of ['controller', 'agent-1']) assert.ok(!fleet.sandbox.log(log).includes(password));
    await docker.getImage(image).remove();
    await kubectl('delete', 'secret', 'login');
  });
}
