// What `sandbox down` does about what an agent has left in Docker, on real Docker.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import Docker from 'dockerode';
import { ownNetworkName, ownNetworkRequest } from '../../../agent/pod/own-network.ts';
import { removeRemains } from '../../../sandbox/agent-remains.ts';
import { BUSYBOX_IMAGE, ensureBusyboxImage } from '../../kit/busybox-image.ts';
import { eventually } from '../../kit/eventually.ts';
import { ManualClock } from '../../kit/manual-clock.ts';
import { freePodCidr } from '../../kit/pod-cidr.ts';

const docker = new Docker();

describe('what an agent of the sandbox leaves in Docker', () => {
  const agentUid = randomUUID();
  const name = ownNetworkName(agentUid);
  const clock = new ManualClock();
  let endpoint: Docker.Container;

  before(async () => {
    await ensureBusyboxImage();
    await docker.createNetwork(ownNetworkRequest(agentUid, freePodCidr()));
    const HostConfig = { NetworkMode: name };
    endpoint = await docker.createContainer({ Image: BUSYBOX_IMAGE, Cmd: ['sleep', '1000'], HostConfig });
    await endpoint.start();
  });
  after(async () => {
    await endpoint.remove({ force: true }).catch(() => {});
    await docker
      .getNetwork(name)
      .remove()
      .catch(() => {});
  });
  const waits = () => eventually(() => clock.sleepers > 0, { what: 'it waits for the network' });

  it('but a network that keeps an endpoint is named, in one line, after a while', async () => {
    const removal = removeRemains(docker, agentUid, clock);
    for (let look = 0; look < 20; look++) {
      await waits();
      await clock.advance(250);
    }
    const [line, ...others] = await removal;
    assert.match(line ?? '', new RegExp(`^network ${name} stays: .*: docker network rm ${name}$`));
    assert.deepEqual(others, []);
    assert.ok((await endpoint.inspect()).State.Running, 'what is not the agent’s was touched');
  });

  it('goes, and a network as soon as its last endpoint has gone', async () => {
    const removal = removeRemains(docker, agentUid, clock);
    await waits();
    await endpoint.remove({ force: true });
    await clock.advance(250);
    assert.deepEqual(await removal, []);
    await assert.rejects(docker.getNetwork(name).inspect(), /404/);
  });
});
