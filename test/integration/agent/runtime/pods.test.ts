import assert from 'node:assert/strict';
import { readdir, stat } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { BUSYBOX_IMAGE } from '../../../kit/busybox-image.ts';
import { eventually } from '../../../kit/eventually.ts';
import { onPodMachine } from '../../../kit/on-pod-machine.ts';
import { PodMachine, SERVE, STUBBORN, scriptPod } from '../../../kit/pod-machine.ts';
import { found } from '../../../kit/pod-objects.ts';

describe('pods in Docker', () => {
  let machine: PodMachine;
  const { apply } = onPodMachine((fresh) => {
    machine = fresh;
  });
  const phase = (uid: string, wanted: string) =>
    eventually(() => machine.status(uid)?.phase === wanted, { what: `phase ${wanted}` });
  const inspect = async (uid: string, container: string) => {
    const id = machine.container(uid, container)?.containerID?.replace('docker://', '') ?? '';
    return machine.docker.prompt.getContainer(id).inspect();
  };
  const lines = (uid: string, count: number) =>
    eventually(async (): Promise<string[] | undefined> => {
      const found = (await machine.output(uid)).split('\n').filter(Boolean);
      return found.length === count ? found : undefined;
    });

  it('run, and say so in the kubelet’s words', async () => {
    const pod = scriptPod({ main: SERVE });
    const uid = await apply(pod);
    await phase(uid, 'Running');
    const { name } = pod.metadata;
    const own = (await machine.names()).filter((container) => container.includes(uid));
    assert.deepEqual(own, [`k8s_POD_${name}_default_${uid}_0`, `k8s_main_${name}_default_${uid}_0`]);
    assert.deepEqual(machine.reasons(uid), ['Pulled', 'Created', 'Started']);
    const status = machine.status(uid);
    assert.deepEqual(
      status?.conditions?.map(({ type, status: value }) => `${type}=${value}`),
      ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map(
        (type) => `${type}=True`,
      ),
    );
    const main = machine.container(uid);
    assert.match(main?.containerID ?? '', /^docker:\/\/[0-9a-f]{64}$/);
    assert.match(main?.imageID ?? '', /^docker:\/\/sha256:[0-9a-f]{64}$/);
    assert.equal(main?.image, BUSYBOX_IMAGE);
    const sandbox = await machine.docker.prompt.getContainer(own[0] ?? '').inspect();
    assert.equal(status?.podIP, sandbox.NetworkSettings.Networks['bridge']?.IPAddress);
  });

  it('share the network, the hostname and, when asked, the processes of their pod', async () => {
    const sees = 'sleep 0.5; ps | grep -c "slee[p] 4321"; exec sleep 3600';
    const uid = await apply(
      scriptPod(
        {
          server: 'echo hello | nc -l -p 8080; exec sleep 4321',
          main: `until nc 127.0.0.1 8080; do sleep 0.1; done; hostname; ${sees}`,
        },
        { hostname: 'garage', shareProcessNamespace: true },
      ),
    );
    const alone = await apply(scriptPod({ server: 'exec sleep 4321', main: `sleep 1; ${sees}` }));
    assert.deepEqual(await lines(uid, 3), ['hello', 'garage', '1']);
    assert.deepEqual(await lines(alone, 1), ['0']);
  });

  it('have their first container made before their sandbox runs, whatever they share with it', async () => {
    const { engine } = machine;
    const { start } = engine;
    const names = async (uid: string) => (await machine.names()).filter((name) => name.includes(uid));
    // However slow the machine is.
    engine.start = async (id) => {
      const { container, podUid } = (await engine.inspect(id))?.identity ?? {};
      const isMade = async () => (await names(podUid ?? '')).length === 2;
      if (container === 'POD') await eventually(isMade, { what: 'its first container' });
      await start.call(engine, id);
    };
    try {
      const specs = [{}, { shareProcessNamespace: true }, { hostNetwork: true }];
      const uids = await Promise.all(specs.map((spec) => apply(scriptPod({ main: SERVE }, spec))));
      for (const uid of uids) {
        await phase(uid, 'Running');
        const [sandbox = ''] = await names(uid);
        const { State } = await machine.docker.prompt.getContainer(sandbox).inspect();
        const { Created } = await inspect(uid, 'main');
        assert.ok(Date.parse(Created) < Date.parse(State.StartedAt), `${Created} < ${State.StartedAt}`);
      }
    } finally {
      engine.start = start;
    }
  });

  it('are run by the runtime of their RuntimeClass, once it is there and Docker knows it', async () => {
    const uid = await apply(scriptPod({ main: SERVE }, { runtimeClassName: 'sandboxed' }));
    await machine.objects.put('runtimeclasses/sandboxed', { kind: 'absent' });
    const told = await eventually(() =>
      machine.events.find(({ podUid, reason }) => podUid === uid && reason === 'FailedCreatePodSandBox'),
    );
    assert.equal(
      told.message,
      'Failed to create pod sandbox: runtimeclasses.node.k8s.io "sandboxed" not found',
    );
    assert.equal(machine.container(uid)?.state?.waiting?.reason, 'ContainerCreating');
    await machine.objects.put('runtimeclasses/sandboxed', found('gvisor'));
    await eventually(() =>
      machine.events.some(
        ({ podUid, message }) =>
          podUid === uid &&
          /^Failed to create pod sandbox: .*[Uu]nknown runtime specified gvisor/.test(message),
      ),
    );
    assert.equal(machine.status(uid)?.phase, 'Pending');
    await machine.objects.put('runtimeclasses/sandboxed', found('io.containerd.runc.v2', '2'));
    await phase(uid, 'Running');
    const [main, sandbox] = await Promise.all([
      inspect(uid, 'main'),
      machine.docker.prompt.getContainer(`k8s_POD_pod-${uid.slice(0, 8)}_default_${uid}_0`).inspect(),
    ]);
    const runtimes = [main, sandbox].map(({ HostConfig }) => HostConfig.Runtime);
    assert.deepEqual(runtimes, ['io.containerd.runc.v2', 'io.containerd.runc.v2']);
    await machine.objects.put('runtimeclasses/sandboxed', { kind: 'absent' });
    await machine.docker.prompt.getContainer(main.Id).kill();
    await eventually(() => machine.container(uid)?.restartCount === 1 && machine.container(uid)?.ready, {
      what: 'its restart though the class is gone',
    });
    assert.equal((await inspect(uid, 'main')).HostConfig.Runtime, 'io.containerd.runc.v2');
  });

  it('wait for a runtime that Docker has not, and say so', async () => {
    await machine.objects.put('runtimeclasses/lacking', found('no-such-runtime'));
    const uid = await apply(scriptPod({ main: SERVE }, { runtimeClassName: 'lacking' }));
    const told = await eventually(() =>
      machine.events.find(({ podUid, reason }) => podUid === uid && reason === 'FailedCreatePodSandBox'),
    );
    assert.match(told.message, /^Failed to create pod sandbox: .*no-such-runtime/i);
    assert.equal(machine.status(uid)?.phase, 'Pending');
  });

  it('have the memory, the shares and the rights that they ask for', async () => {
    const main = {
      name: 'main',
      resources: { requests: { cpu: '250m', memory: '32Mi' }, limits: { cpu: '500m', memory: '64Mi' } },
      securityContext: {
        runAsUser: 1000,
        runAsGroup: 1001,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      },
    };
    const script =
      'id -u; id -g; touch /x 2>/dev/null || echo read-only; grep CapEff /proc/self/status | cut -f2';
    const cgroup = [
      'cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes memory.max',
      'cat cpu/cpu.cfs_quota_us; cut -d" " -f1 cpu.max',
    ].join('; ');
    const uid = await apply(
      scriptPod({ main: `${script}; (${cgroup}) 2>/dev/null; ${SERVE}` }, { containers: [main] }),
    );
    await phase(uid, 'Running');
    const { HostConfig } = await inspect(uid, 'main');
    const { Memory, MemorySwap, CpuShares, CpuQuota, OomScoreAdj } = HostConfig;
    assert.deepEqual(
      { Memory, MemorySwap, CpuShares, CpuQuota, OomScoreAdj },
      {
        Memory: 64 << 20,
        MemorySwap: 64 << 20,
        CpuShares: 256,
        CpuQuota: 50_000,
        OomScoreAdj: 1000 - Math.floor((1000 * (32 << 20)) / totalmem()),
      },
    );
    assert.deepEqual(await lines(uid, 6), [
      ...['1000', '1001', 'read-only', '0000000000000000'],
      ...[`${64 << 20}`, '50000'],
    ]);
  });

  it('that crash start again at once, then wait', async () => {
    const uid = await apply(scriptPod({ main: 'echo try; exit 7' }));
    await eventually(() => machine.container(uid)?.state?.waiting?.reason === 'CrashLoopBackOff');
    const main = machine.container(uid);
    assert.equal(main?.restartCount, 1);
    assert.equal(main?.lastState?.terminated?.exitCode, 7);
    assert.equal(main?.lastState?.terminated?.reason, 'Error');
    assert.equal(machine.status(uid)?.phase, 'Running');
    assert.ok(machine.reasons(uid).includes('BackOff'));
    assert.equal(await machine.output(uid), 'try');
    assert.equal(await machine.output(uid, 'main', true), 'try');
  });

  it('that have done their work succeed, and keep their containers for the logs', async () => {
    const uid = await apply(scriptPod({ main: 'echo done' }, { restartPolicy: 'Never' }));
    await phase(uid, 'Succeeded');
    assert.equal(machine.container(uid)?.state?.terminated?.reason, 'Completed');
    assert.equal(await machine.output(uid), 'done');
  });

  it('that Docker cannot start say why', async () => {
    const main = { name: 'main', command: ['/no/such/program'] };
    const uid = await apply(scriptPod({ main: '' }, { restartPolicy: 'Never', containers: [main] }));
    await phase(uid, 'Failed');
    const { reason, message } = machine.container(uid)?.state?.terminated ?? {};
    assert.equal(reason, 'ContainerCannotRun');
    assert.match(message ?? '', /no such file or directory/);
  });

  it('leave a message for when they have ended, as any user and wherever they like', async () => {
    const containers = [
      { name: 'main', terminationMessagePath: '/var/words', securityContext: { runAsUser: 1000 } },
      { name: 'logs', terminationMessagePolicy: 'FallbackToLogsOnError' },
      { name: 'long' },
    ];
    const scripts = {
      main: 'echo -n out of paper > /var/words; exit 3',
      logs: 'echo first; echo last; exit 4',
      long: '(head -c 10000 /dev/zero | tr "\\\\0" x; echo -n the end) > /dev/termination-log',
    };
    const uid = await apply(scriptPod(scripts, { restartPolicy: 'Never', containers }));
    await phase(uid, 'Failed');
    const message = (name: string) => machine.container(uid, name)?.state?.terminated?.message;
    assert.equal(message('main'), 'out of paper');
    assert.equal(message('logs'), 'first\nlast\n');
    assert.equal(message('long'), `${'x'.repeat(4096 - 'the end'.length)}the end`);
    await machine.manager.remove(uid, 1);
    await eventually(() => machine.gone.some((gone) => gone.uid === uid));
    await machine.manager.acknowledgeGone(uid);
    assert.deepEqual(
      await readdir(machine.messagesDir).then((names) => names.filter((name) => name === uid)),
      [],
    );
  });

  it('that run out of memory say so', async () => {
    const limits = { memory: '16Mi' };
    const containers = ['main', 'parent'].map((name) => ({ name, resources: { limits } }));
    const eat = 'x=a; while :; do x=$x$x; done';
    const scripts = { main: eat, parent: `(${eat}); sleep 1; exit 0` };
    const heard = machine.engine.events(Date.now(), AbortSignal.timeout(60_000));
    const uid = await apply(scriptPod(scripts, { restartPolicy: 'Never', containers }));
    await phase(uid, 'Failed');
    const ends = ['main', 'parent'].map((name) => machine.container(uid, name)?.state?.terminated);
    assert.deepEqual(
      ends.map((end) => [end?.exitCode, end?.reason]),
      [
        [137, 'OOMKilled'],
        [0, 'OOMKilled'],
      ],
    );
    const told = new Set<string>();
    for await (const { containerId, outOfMemory } of heard) {
      if (outOfMemory) told.add(`docker://${containerId}`);
      if (told.size === ends.length) break;
    }
    assert.deepEqual([...told].sort(), ends.map((end) => end?.containerID).sort());
  });

  it('stop within their grace, and are gone only then', async () => {
    const pod = scriptPod({ main: SERVE, stubborn: STUBBORN });
    const uid = await apply(pod);
    await phase(uid, 'Running');
    const metadata = {
      ...pod.metadata,
      deletionTimestamp: new Date().toISOString(),
      deletionGracePeriodSeconds: 3,
    };
    const startedMs = performance.now();
    await machine.manager.apply({ ...pod, metadata });
    const gone = await eventually(() => machine.gone.find((known) => known.uid === uid));
    const tookMs = performance.now() - startedMs;
    assert.ok(tookMs >= 3000 && tookMs < 10_000, `took ${tookMs} ms`);
    assert.equal(gone.status?.phase, 'Failed');
    const codes = gone.status?.containerStatuses?.map(({ name, state }) => [
      name,
      state?.terminated?.exitCode,
    ]);
    assert.deepEqual(codes, [
      ['main', 0],
      ['stubborn', 137],
    ]);
    assert.deepEqual(
      (await machine.names()).filter((name) => name.includes(uid)),
      [],
    );
  });

  it('stop sooner when another delete shortens their grace, and no later when it lengthens it', async () => {
    const script = 'trap "echo asked" TERM; while :; do sleep 0.1; done';
    const stop = async (graceSeconds: number, thenSeconds: number) => {
      const pod = scriptPod({ main: script });
      const uid = await apply(pod);
      await phase(uid, 'Running');
      const remove = (deletionGracePeriodSeconds: number) => {
        const deletionTimestamp = new Date(Date.now() + deletionGracePeriodSeconds * 1000).toISOString();
        const metadata = { ...pod.metadata, deletionTimestamp, deletionGracePeriodSeconds };
        return machine.manager.apply({ ...pod, metadata });
      };
      const startedMs = performance.now();
      await remove(graceSeconds);
      assert.deepEqual(await lines(uid, 1), ['asked']);
      await remove(thenSeconds);
      const { status } = await eventually(() => machine.gone.find((known) => known.uid === uid));
      const [main] = status?.containerStatuses ?? [];
      return { tookMs: performance.now() - startedMs, exitCode: main?.state?.terminated?.exitCode };
    };
    const [shortened, lengthened] = await Promise.all([stop(30, 1), stop(3, 60)]);
    assert.deepEqual([shortened.exitCode, lengthened.exitCode], [137, 137]);
    assert.ok(shortened.tookMs >= 1000 && shortened.tookMs < 10_000, `took ${shortened.tookMs} ms`);
    assert.ok(lengthened.tookMs >= 3000 && lengthened.tookMs < 10_000, `took ${lengthened.tookMs} ms`);
  });

  it('publish their host ports on the machine, and say when one is taken', async () => {
    const hostPort = 20_000 + (process.pid % 10_000);
    const ports = [
      { containerPort: 8080, hostPort, hostIP: '127.0.0.1' },
      { containerPort: 8080, hostPort, hostIP: '127.0.0.1', protocol: 'UDP' },
    ];
    const serve = 'while :; do echo hi | nc -l -p 8080; done';
    const first = await apply(scriptPod({ main: serve }, { containers: [{ name: 'main', ports }] }));
    await phase(first, 'Running');
    const name = (await machine.names()).find((own) => own.startsWith('k8s_POD') && own.includes(first));
    const { NetworkSettings } = await machine.docker.prompt.getContainer(name ?? '').inspect();
    const published = [{ HostIp: '127.0.0.1', HostPort: `${hostPort}` }];
    assert.deepEqual(NetworkSettings.Ports, { '8080/tcp': published, '8080/udp': published });
    const second = await apply(scriptPod({ main: serve }, { containers: [{ name: 'main', ports }] }));
    const failure = await eventually(() =>
      machine.events.find(({ podUid, reason }) => podUid === second && reason === 'FailedCreatePodSandBox'),
    );
    assert.match(failure.message, /port is already allocated/);
    assert.equal(machine.status(second)?.phase, 'Pending');
  });

  it('fail when the time that they are given is over', async () => {
    const uid = await apply(scriptPod({ main: SERVE }, { activeDeadlineSeconds: 2 }));
    await phase(uid, 'Running');
    await phase(uid, 'Failed');
    const { reason, message, startTime } = machine.status(uid) ?? {};
    assert.deepEqual(
      [reason, message],
      ['DeadlineExceeded', 'Pod was active on the node longer than the specified deadline'],
    );
    const { finishedAt } = machine.container(uid)?.state?.terminated ?? {};
    assert.ok(Date.parse(finishedAt ?? '') - Date.parse(startTime ?? '') >= 2000);
    assert.equal((await inspect(uid, 'main')).State.Running, false);
  });

  it('fill no disk with their logs: five files of 10 MB at most, read as one', async () => {
    const line = 'x'.repeat(1000);
    const script = `yes ${line} | head -n 60000; echo the end; ${SERVE}`;
    const uid = await apply(scriptPod({ main: script }));
    await phase(uid, 'Running');
    let heard = '';
    const followed = machine.follow(uid, (piece) => {
      heard = (heard + piece).slice(-64);
    });
    await eventually(async () => (await machine.output(uid, 'main', false, 1)) === 'the end', {
      what: 'the end of what it writes',
      timeoutMs: 60_000,
    });
    const { LogPath } = await inspect(uid, 'main');
    const files = (await readdir(dirname(LogPath))).filter((name) => name.startsWith(basename(LogPath)));
    assert.equal(files.length, 5);
    for (const name of files) {
      const { size } = await stat(join(dirname(LogPath), name));
      assert.ok(size <= 10.1e6, `${name} has ${size} bytes`);
    }
    const kept = (await machine.output(uid)).split('\n');
    assert.ok(kept.length > 35_000 && kept.length < 60_000, `${kept.length} lines are kept`);
    assert.deepEqual([kept.at(0), kept.at(-2), kept.at(-1)], [line, line, 'the end']);
    // Docker before 23 leaves behind who is behind when the container ends.
    await eventually(() => heard.endsWith('the end\n'), {
      what: 'the end for who follows',
      timeoutMs: 60_000,
    });
    await machine.docker.prompt.getContainer(LogPath.split('/').at(-2) ?? '').kill();
    assert.match(await followed, /the end$/, 'whoever follows comes to the end');
  });

  it('get a new sandbox when theirs dies', async () => {
    const uid = await apply(scriptPod({ main: SERVE }));
    await phase(uid, 'Running');
    const sandbox = (await machine.names()).find((name) => name.startsWith('k8s_POD') && name.includes(uid));
    await machine.docker.prompt.getContainer(sandbox ?? '').kill();
    await eventually(() => machine.container(uid)?.restartCount === 1 && machine.container(uid)?.ready);
    assert.ok(machine.reasons(uid).includes('SandboxChanged'));
  });

  it('are found again by a restarted agent, which restarts none of them', async () => {
    const running = await apply(scriptPod({ main: SERVE, other: SERVE }));
    const script = 'trap "exit 5" TERM; while :; do sleep 0.1; done';
    const ends = await apply(scriptPod({ main: script }, { restartPolicy: 'Never' }));
    await phase(running, 'Running');
    await phase(ends, 'Running');
    const before = machine.status(running);
    await machine.stopAgent();
    const { Id } = await inspect(ends, 'main');
    await machine.docker.prompt.getContainer(Id).kill({ signal: 'SIGTERM' });
    await eventually(async () => (await inspect(ends, 'main')).State.Status === 'exited');
    await machine.startAgent();
    await phase(ends, 'Failed');
    assert.equal(machine.container(ends)?.state?.terminated?.exitCode, 5);
    assert.deepEqual(machine.manager.reports().find(({ uid }) => uid === running)?.status, before);
  });

  it('of which nothing is remembered go, but only once the whole wish is known', async () => {
    const other = await PodMachine.create();
    try {
      const pod = scriptPod({ main: SERVE });
      await other.manager.apply(pod);
      await eventually(() => other.status(pod.metadata.uid)?.phase === 'Running');
      await other.stopAgent();
      await other.forgetPods();
      await other.startAgent();
      assert.equal((await other.names()).length, 2);
      await other.manager.retain(new Set());
      await eventually(async () => (await other.names()).length === 0);
    } finally {
      await other[Symbol.asyncDispose]();
    }
  });
});
