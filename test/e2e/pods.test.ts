// The main job, as a user does it: real kubectl, scheduler, controller, agents and Docker, each a process of its own.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import Docker from 'dockerode';
import type { Pod } from '../../common/pod.ts';
import { readBridgeAddress } from '../../sandbox/bridge-address.ts';
import { ensureBusyboxImage } from '../kit/busybox-image.ts';
import { eventually } from '../kit/eventually.ts';
import { kubectlMinor } from '../kit/kubectl.ts';
import { podManifest } from '../kit/manifest.ts';
import { startSandbox, type TestSandbox } from '../kit/sandbox.ts';

const docker = new Docker();

describe('pods on a fleet of three agents', () => {
  let sandbox: TestSandbox;

  before(async () => {
    await ensureBusyboxImage();
    sandbox = await startSandbox({ agents: 3 });
    console.log((await sandbox.kubectl(['version'])).trim());
  });
  after(() => sandbox?.[Symbol.asyncDispose]());

  /** Events come beside the status, and may come after it. */
  const isTold = (command: readonly string[], event: RegExp) =>
    eventually(async () => event.test(await sandbox.kubectl(command)), { what: `the event ${event}` });

  it('shows one Ready node with the fleet behind it', async () => {
    // The node is written once a second at most, so the last agent may not show yet.
    const node = await eventually(
      async () => {
        const seen = JSON.parse(await sandbox.kubectl(['get', 'node', 'longshore', '-o', 'json']));
        const shows = (agent: string) => seen.metadata.labels[`agent.longshore.dev/${agent}`] === 'true';
        return ['agent-1', 'agent-2', 'agent-3'].every(shows) ? seen : undefined;
      },
      { what: 'a label for each agent', timeoutMs: 10_000 },
    );
    assert.deepEqual(
      node.spec.taints.map((taint: { key: string; effect: string }) => `${taint.key}:${taint.effect}`),
      ['virtual-kubelet.io/provider:NoSchedule'],
    );
    assert.equal(node.status.allocatable.cpu, '6');
    assert.equal(node.status.conditions.at(-1).type, 'Ready');
    const lease = JSON.parse(
      await sandbox.kubectl(['get', 'lease', 'longshore', '-n', 'kube-node-lease', '-o', 'json']),
    );
    assert.equal(lease.metadata.ownerReferences[0].uid, node.metadata.uid);
    assert.match(await sandbox.kubectl(['get', 'nodes', '-o', 'wide']), /^longshore +Ready .*docker:\/\//m);
    assert.match(await sandbox.kubectl(['get', 'agents']), /^agent-1 +True/m);
  });

  it('binds by the scheduler, places by affinity, runs in Docker', async () => {
    const manifest = podManifest({
      name: 'pinned',
      agent: 'agent-2',
      containers: { web: 'echo hello; exec sleep 1000' },
    });
    await sandbox.kubectl(['apply', '-f', '-'], manifest);
    await sandbox.kubectl(['wait', '--for=condition=Ready', 'pod/pinned', '--timeout=30s']);

    const pod = await sandbox.pod('pinned');
    assert.equal(pod.spec.nodeName, 'longshore');
    assert.match(condition(pod, 'longshore.dev/Placed')?.message ?? '', /^agent=agent-2 uid=/);
    assert.equal(pod.metadata.annotations?.['longshore.dev/agent'], 'agent-2');
    const status = pod.status?.containerStatuses?.[0];
    const id = status?.containerID?.replace('docker://', '') ?? '';
    const container = await docker.getContainer(id).inspect();
    assert.equal(container.State.Running, true);
    assert.equal(container.Config.Labels['io.kubernetes.pod.uid'], pod.metadata.uid);
    const { items } = JSON.parse(await sandbox.kubectl(['get', 'agents', '-o', 'json']));
    const parts = items.map(({ spec }: { spec: { podCIDR?: string } }) => spec.podCIDR);
    assert.equal(new Set(parts).size, 3);
    assert.equal(`${pod.status?.podIP?.replace(/\d+$/, '0')}/24`, parts[1]);

    assert.equal((await sandbox.kubectl(['logs', 'pinned'])).trim(), 'hello');
    for (const reason of ['Scheduled', 'Created', 'Started'])
      await isTold(['describe', 'pod', 'pinned'], new RegExp(`Normal +${reason} `));
    assert.match(
      await sandbox.kubectl(['get', 'pod', 'pinned', '-o', 'wide']),
      /pinned +1\/1 +Running +0 .* longshore /,
    );
  });

  it('lets two containers of a pod talk over localhost', async () => {
    const server = 'mkdir /www; echo next door > /www/index.html; exec httpd -f -p 8080 -h /www';
    const reader = 'until wget -qO- http://127.0.0.1:8080/; do sleep 0.1; done; exec sleep 1000';
    await sandbox.kubectl(
      ['apply', '-f', '-'],
      podManifest({ name: 'pair', containers: { server, reader } }),
    );
    await eventually(
      async () => (await sandbox.kubectl(['logs', 'pair', '-c', 'reader'])).includes('next door'),
      {
        what: "the reader's log",
      },
    );
    assert.match(await sandbox.kubectl(['get', 'pod', 'pair']), /pair +2\/2 +Running/);
  });

  it('lets a pod reach the API server over the bridge that its network hangs on', async () => {
    const [, port] = /:(\d+)$/m.exec(readFileSync(join(sandbox.layout.controlPlane, 'ready'), 'utf8')) ?? [];
    const bridge = await readBridgeAddress(docker);
    const script = `echo get | nc -w 5 ${bridge} ${port} && echo reached`;
    await sandbox.kubectl(
      ['apply', '-f', '-'],
      podManifest({ name: 'caller', restartPolicy: 'Never', containers: { main: script } }),
    );
    await eventually(async () => (await sandbox.pod('caller')).status?.phase === 'Succeeded', {
      what: 'its answer',
    });
  });

  it('restarts what crashes, with back-off, and keeps the last two logs', async () => {
    await sandbox.kubectl(
      ['apply', '-f', '-'],
      podManifest({ name: 'crash', containers: { broken: 'date +%s; exit 3' } }),
    );
    const pod = await eventually(
      async () => {
        const seen = await sandbox.pod('crash');
        const status = seen.status?.containerStatuses?.[0];
        return status?.state?.waiting?.reason === 'CrashLoopBackOff' && status.restartCount >= 1
          ? seen
          : undefined;
      },
      { what: 'CrashLoopBackOff' },
    );
    const status = pod.status?.containerStatuses?.[0];
    assert.equal(pod.status?.phase, 'Running');
    assert.equal(status?.lastState?.terminated?.exitCode, 3);
    assert.match(
      status?.state?.waiting?.message ?? '',
      /^back-off 10s restarting failed container=broken pod=crash_default\(/,
    );
    assert.match(await sandbox.kubectl(['get', 'pod', 'crash']), /CrashLoopBackOff/);
    assert.match(await sandbox.kubectl(['logs', 'crash']), /^\d+$/m);
    // `kubectl events` came with 1.26.
    const events = kubectlMinor() < 26 ? ['get', 'events'] : ['events', '--for', 'pod/crash'];
    await isTold(events, /BackOff/);
  });

  it('comes to Succeeded and Failed, and starts neither again', async () => {
    const run = (name: string, script: string) =>
      sandbox.kubectl(
        ['apply', '-f', '-'],
        podManifest({ name, restartPolicy: 'Never', containers: { main: script } }),
      );
    await run('good', 'echo done');
    await run('bad', 'exit 7');
    const ends = (name: string, phase: string) =>
      eventually(async () => (await sandbox.pod(name)).status?.phase === phase, {
        what: `${name}: ${phase}`,
      });
    await ends('good', 'Succeeded');
    await ends('bad', 'Failed');
    const bad = await sandbox.pod('bad');
    assert.equal(bad.status?.containerStatuses?.[0]?.state?.terminated?.exitCode, 7);
    assert.equal(bad.status?.containerStatuses?.[0]?.restartCount, 0);
    assert.equal((await sandbox.kubectl(['logs', 'good'])).trim(), 'done');
  });

  it('keeps a deleted pod until its containers are gone, then removes it', async () => {
    const script = 'trap "sleep 2; echo done; exit 0" TERM; echo up; while :; do sleep 0.1; done';
    await sandbox.kubectl(
      ['apply', '-f', '-'],
      podManifest({ name: 'slow', graceSeconds: 20, containers: { main: script } }),
    );
    await eventually(async () => (await sandbox.kubectl(['logs', 'slow'])).includes('up'), {
      what: 'its trap',
    });
    const { metadata } = await sandbox.pod('slow');
    await using log = sandbox.followKubectl(['logs', '-f', 'slow']);
    await sandbox.kubectl(['delete', 'pod', 'slow', '--wait=false']);
    assert.ok((await sandbox.pod('slow')).metadata.deletionTimestamp);
    const filters = { label: [`io.kubernetes.pod.uid=${metadata.uid}`] };
    await eventually(
      async () => {
        const [pod, running] = [await sandbox.findPod('slow'), await docker.listContainers({ filters })];
        if (!pod) assert.equal(running.length, 0, 'the object went before its containers');
        return pod === undefined;
      },
      { what: 'the end of the pod' },
    );
    assert.equal((await docker.listContainers({ all: true, filters })).length, 0);
    await log.ended;
    assert.equal(log.output, 'up\ndone\n', 'it had its grace, as the pod has it');
  });

  it('stops a force-deleted pod, while its namesake runs on its own', async () => {
    const manifest = podManifest({ name: 'twin', graceSeconds: 2, containers: { main: 'exec sleep 1000' } });
    await sandbox.kubectl(['apply', '-f', '-'], manifest);
    await sandbox.kubectl(['wait', '--for=condition=Ready', 'pod/twin', '--timeout=30s']);
    const first = await sandbox.pod('twin');
    await sandbox.kubectl(['delete', 'pod', 'twin', '--force', '--grace-period=0']);
    await sandbox.kubectl(['apply', '-f', '-'], manifest);
    await sandbox.kubectl(['wait', '--for=condition=Ready', 'pod/twin', '--timeout=30s']);
    const second = await sandbox.pod('twin');
    assert.notEqual(second.metadata.uid, first.metadata.uid);
    const containersOf = (uid: string) =>
      docker.listContainers({ all: true, filters: { label: [`io.kubernetes.pod.uid=${uid}`] } });
    await eventually(async () => (await containersOf(first.metadata.uid)).length === 0, {
      what: "the first twin's end",
    });
    assert.equal((await containersOf(second.metadata.uid)).length, 2);
    assert.equal((await sandbox.pod('twin')).status?.phase, 'Running');
  });

  it('lets a pod that fits no agent wait with its reasons, and starts it when one fits', async () => {
    // The node has 6 CPUs, no agent more than 2.
    await sandbox.kubectl(
      ['apply', '-f', '-'],
      podManifest({ name: 'large', requests: { cpu: '3' }, containers: { main: 'exec sleep 1000' } }),
    );
    const waiting = await eventually(
      async () => {
        const pod = await sandbox.pod('large');
        return condition(pod, 'longshore.dev/Placed')?.status === 'False' ? pod : undefined;
      },
      { what: 'Placed=False' },
    );
    assert.equal(waiting.status?.phase, 'Pending');
    assert.match(
      condition(waiting, 'longshore.dev/Placed')?.message ?? '',
      /^0\/3 agents fit: 3 insufficient cpu/i,
    );
    await isTold(['describe', 'pod', 'large'], /Warning +FailedPlacement .*0\/3 agents fit/);
    assert.match(await sandbox.longshore(['status']), /0\/3 agents fit/);
    await sandbox.kubectl(['delete', 'pod', 'large', '--timeout=10s']);
  });

  it('follows logs until the container stops', async () => {
    const script = 'for i in 1 2 3 4 5; do echo line $i; sleep 0.3; done';
    const manifest = podManifest({ name: 'talk', restartPolicy: 'Never', containers: { main: script } });
    await sandbox.kubectl(['apply', '-f', '-'], manifest);
    await eventually(async () => (await sandbox.kubectl(['logs', 'talk'])).includes('line 1'), {
      what: 'its first line',
    });
    await using follow = sandbox.followKubectl(['logs', '-f', 'talk']);
    assert.equal(await follow.ended, 0);
    assert.equal(follow.output, 'line 1\nline 2\nline 3\nline 4\nline 5\n');
    assert.equal(await sandbox.kubectl(['logs', 'talk', '--tail=2']), 'line 4\nline 5\n');
    assert.equal(await sandbox.kubectl(['logs', 'talk', '--tail=0']), '');
    assert.equal(await sandbox.kubectl(['logs', 'talk', '--limit-bytes=6']), 'line 1');
  });

  it('says what it does not support, and does not run it half-right', async () => {
    const manifest = podManifest({
      name: 'odd',
      containers: { main: 'exec sleep 1000' },
      spec: { hostUsers: false },
    });
    await sandbox.kubectl(['apply', '-f', '-'], manifest);
    const waiting = await eventually(
      async () => (await sandbox.pod('odd')).status?.containerStatuses?.[0]?.state?.waiting?.message,
      { what: 'a waiting message' },
    );
    assert.match(waiting, /spec\.hostUsers is not supported/);
    await isTold(['describe', 'pod', 'odd'], /Warning .*spec\.hostUsers/);
    await sandbox.kubectl(['delete', 'pod', 'odd', '--timeout=20s']);
  });

  it('is watched by the CLI as it is', async () => {
    const { agents } = JSON.parse(await sandbox.longshore(['agents', 'list', '-o', 'json'])) as {
      agents: { name: string; ready: boolean }[];
    };
    assert.deepEqual(
      agents.map(({ name, ready }) => `${name} ${ready}`),
      ['agent-1 true', 'agent-2 true', 'agent-3 true'],
    );
    const { pods } = JSON.parse(
      await sandbox.longshore(['pods', 'list', '--agent', 'agent-2', '-o', 'json']),
    ) as { pods: { name: string }[] };
    assert.ok(pods.some(({ name }) => name === 'pinned'));
    assert.match(await sandbox.longshore(['status']), /Agents +3 of 3 ready/);
  });
});

function condition(pod: Pod, type: string) {
  return pod.status?.conditions?.find((candidate) => candidate.type === type);
}
