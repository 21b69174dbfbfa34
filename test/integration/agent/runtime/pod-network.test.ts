// The Docker network of an agent's pods, on real Docker.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { hasInterface, readRoutes } from '../../../../agent/host/routes.ts';
import { bridgeName, ownNetworkName } from '../../../../agent/pod/own-network.ts';
import { createDockerClients } from '../../../../agent/runtime/docker-clients.ts';
import {
  createPodNetwork,
  type PodNetworkOptions,
  removeOwnNetworks,
} from '../../../../agent/runtime/pod-network.ts';
import { createLog } from '../../../../common/log.ts';
import { BUSYBOX_IMAGE, ensureBusyboxImage } from '../../../kit/busybox-image.ts';
import { eventually } from '../../../kit/eventually.ts';
import { freePodCidr } from '../../../kit/pod-cidr.ts';
import { PodMachine, scriptPod } from '../../../kit/pod-machine.ts';

const clients = createDockerClients('/var/run/docker.sock');
const docker = clients.prompt;

describe('the network of an agent’s pods', () => {
  let agentUid: string;
  let podCidr: string;
  const said: string[] = [];
  beforeEach(() => {
    agentUid = randomUUID();
    podCidr = freePodCidr();
    said.splice(0);
  });
  afterEach(() => removeOwnNetworks(clients, agentUid));

  const network = (wish: Partial<PodNetworkOptions> = {}) => {
    const log = createLog({ name: 'test', level: 'silent' });
    const warn = (...args: unknown[]) => said.push(String(args.at(-1)));
    const listening = Object.assign(Object.create(log), { warn });
    const options = {
      clients,
      agentUid,
      chosen: undefined,
      podCidr: () => podCidr,
      readRoutes,
      hasInterface,
      log: listening,
    };
    return createPodNetwork({ ...options, ...wish });
  };
  const inspect = () => docker.getNetwork(ownNetworkName(agentUid)).inspect();
  const isThere = () =>
    inspect().then(
      () => true,
      () => false,
    );

  it('is made once in its addresses, found again by a restarted agent, and made anew when it was removed', async () => {
    const one = network();
    const names = await Promise.all([one.ensure(), one.ensure(), one.ensure()]);
    assert.deepEqual(new Set(names), new Set([ownNetworkName(agentUid)]));
    const { Id, IPAM } = await inspect();
    assert.equal(IPAM?.Config?.[0]?.Subnet, podCidr);
    assert.equal(await network().ensure(), ownNetworkName(agentUid));
    assert.equal((await inspect()).Id, Id);
    await docker.getNetwork(Id).remove();
    assert.equal(await one.ensure(), ownNetworkName(agentUid));
    assert.deepEqual(said, []);
    await removeOwnNetworks(clients, agentUid);
    assert.equal(await isThere(), false);
  });

  it('is made anew when its bridge was taken away under it', async () => {
    const one = network();
    await one.ensure();
    execFileSync('ip', ['link', 'delete', bridgeName(agentUid)]);
    assert.equal(await one.ensure(), ownNetworkName(agentUid));
    assert.ok(await hasInterface(bridgeName(agentUid)));
    assert.deepEqual(said, []);
  });

  it('is kept where the engine’s bridges cannot be seen from here', async () => {
    const elsewhere = { hasInterface: async () => false };
    const one = network(elsewhere);
    await one.ensure();
    const { Id } = await inspect();
    assert.equal(await one.ensure(), ownNetworkName(agentUid));
    assert.equal(await network(elsewhere).ensure(), ownNetworkName(agentUid));
    assert.equal((await inspect()).Id, Id);
    assert.deepEqual(said, []);
  });

  it('is what the owner chose, or Docker’s own where there are no addresses', async () => {
    for (const wish of [{ chosen: 'mine' }, { podCidr: () => undefined }]) {
      await network().ensure();
      assert.equal(await network(wish).ensure(), wish.chosen ?? 'bridge');
      assert.equal(await isThere(), false, 'its own is not left behind');
    }
  });

  it('gives way to another network of the same addresses, with one clear line', async () => {
    const other = await docker.createNetwork({
      Name: `longshore-test-${agentUid}`,
      IPAM: { Config: [{ Subnet: podCidr }] },
    });
    try {
      const one = network({ readRoutes: async () => '' });
      assert.equal(await one.ensure(), 'bridge');
      assert.equal(await one.ensure(), 'bridge');
      assert.equal(said.length, 1);
      assert.match(
        said[0] ?? '',
        /^cannot make the network .*: Pool overlaps with other one.*; they go to Docker's own network$/,
      );
      const looking = network();
      assert.equal(await looking.ensure(), 'bridge');
      assert.match(said[1] ?? '', /the machine has a route to these addresses by br-/);
    } finally {
      await other.remove();
    }
    assert.equal(await network().ensure(), ownNetworkName(agentUid));
  });

  it('never touches one of its name that is not this agent’s', async () => {
    const foreign = await docker.createNetwork({ Name: ownNetworkName(agentUid) });
    try {
      assert.equal(await network().ensure(), 'bridge');
      assert.match(said[0] ?? '', /is there that is not this agent's/);
      await removeOwnNetworks(clients, agentUid);
      assert.equal((await inspect()).Id, foreign.id);
    } finally {
      await foreign.remove();
    }
  });

  it('moves to other addresses once no pod uses the former', async () => {
    await ensureBusyboxImage();
    const one = network();
    const name = await one.ensure();
    const container = await docker.createContainer({
      Image: BUSYBOX_IMAGE,
      Cmd: ['sleep', '1000'],
      HostConfig: { NetworkMode: name },
    });
    const former = podCidr;
    try {
      await container.start();
      podCidr = freePodCidr();
      assert.equal(await one.ensure(), 'bridge');
      assert.match(said[0] ?? '', new RegExp(`its pods still use ${former}`));
    } finally {
      await container.remove({ force: true });
    }
    assert.equal(await one.ensure(), name);
    assert.equal((await inspect()).IPAM?.Config?.[0]?.Subnet, podCidr);
  });
});

describe('pods on a network of both families', () => {
  it('are told of an address of each, and so is who asks for their status', async () => {
    await ensureBusyboxImage();
    const part = randomUUID().slice(0, 4);
    const [podCidr, range] = [freePodCidr(), `fd42:${part}:1::/64`];
    const name = `longshore-test-${part}`;
    await using cleanUp = new AsyncDisposableStack();
    const machine = await PodMachine.create({ network: name });
    const { prompt } = machine.docker;
    cleanUp.defer(() => prompt.getNetwork(name).remove());
    cleanUp.use(machine);
    await prompt.createNetwork({
      Name: name,
      EnableIPv6: true,
      IPAM: { Config: [{ Subnet: podCidr }, { Subnet: range }] },
    });
    const env = [{ name: 'IPS', valueFrom: { fieldRef: { fieldPath: 'status.podIPs' } } }];
    const script =
      'echo $IPS; ip -o address show dev eth0; grep -c "\t$(hostname)$" /etc/hosts; exec sleep 1000';
    const pod = scriptPod({ main: script }, { containers: [{ name: 'main', env }] });
    const { uid } = pod.metadata;
    await machine.manager.apply(pod);
    const said = await eventually(async () => {
      const lines = machine.status(uid)?.phase === 'Running' ? (await machine.output(uid)).split('\n') : [];
      return lines.at(-1) === '2' ? lines : undefined;
    });
    const { podIP, podIPs = [] } = machine.status(uid) ?? {};
    const ips = podIPs.map(({ ip }) => ip);
    assert.deepEqual([ips[0], ips.length], [podIP, 2]);
    assert.ok(ips[0]?.startsWith(podCidr.replace('0/24', '')), ips[0]);
    assert.ok(ips[1]?.startsWith(`fd42:${part.replace(/^0+/, '')}:1:`), ips[1]);
    assert.equal(said[0], ips.join(','));
    for (const ip of ips)
      assert.ok(
        said.some((line) => line.includes(` ${ip}/`)),
        `${ip}: ${said}`,
      );
  });
});
