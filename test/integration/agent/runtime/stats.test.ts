// What a real container uses, by the kernel's files and by Docker: both must say the same.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { createDockerStats } from '../../../../agent/runtime/docker-stats.ts';
import { measureWritten } from '../../../../agent/runtime/written-bytes.ts';
import { type ContainerMeter, createContainerMeter } from '../../../../agent/stats/container-meter.ts';
import { ensureBusyboxImage } from '../../../kit/busybox-image.ts';
import { eventually } from '../../../kit/eventually.ts';
import { PodMachine, scriptPod } from '../../../kit/pod-machine.ts';

/** A file system that shows no cgroups, as in a container of the agent's own. */
const NOWHERE = { cgroup: '/nonexistent', proc: '/nonexistent', disks: '/nonexistent' };
const want = { network: true };
const { signal } = new AbortController();

describe('what a container uses', () => {
  let machine: PodMachine;
  let byFiles: ContainerMeter;
  let byEngine: ContainerMeter;
  before(async () => {
    await ensureBusyboxImage();
    machine = await PodMachine.create();
    const engine = createDockerStats(machine.docker);
    byFiles = createContainerMeter(engine);
    byEngine = createContainerMeter(engine, NOWHERE);
  });
  after(() => machine?.[Symbol.asyncDispose]());

  const start = async (script: string, limits: Record<string, string> = { memory: '64Mi' }) => {
    const resources = { limits };
    const pod = scriptPod({ main: script }, { containers: [{ name: 'main', resources }] });
    await machine.manager.apply(pod);
    return await eventually(() => {
      const found = machine.manager.measured().find(({ uid }) => uid === pod.metadata.uid);
      return found?.containers.length === 1 ? found : undefined;
    });
  };

  it('is the same by the kernel’s files and by Docker, its sandbox’s network too', async () => {
    const pod = await start(
      'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; head -c 20000000 /dev/zero | tail -c 1 >/dev/null; exec sleep 1000',
    );
    assert.equal(pod.hostNetwork, false);
    const id = pod.containers[0]?.id ?? '';
    const busy = await eventually(async () => {
      const found = await byFiles.measure(id, want, signal);
      return found && found.reading.cpuUsec > 100_000 ? found : undefined;
    });
    let last: typeof busy | undefined;
    const settled = await eventually(
      async () => {
        const before = last;
        last = await byFiles.measure(id, want, signal);
        return last?.reading.cpuUsec === before?.reading.cpuUsec ? last : undefined;
      },
      { everyMs: 500 },
    );
    assert.ok(settled.reading.cpuUsec >= busy.reading.cpuUsec);
    const engine = await byEngine.measure(id, want, signal);
    assert.ok(engine, 'Docker measures it');
    const near = (a = 0, b = 0, by = 0) => assert.ok(Math.abs(a - b) <= by, `${a} and ${b}`);
    near(engine.reading.cpuUsec, settled.reading.cpuUsec, 50_000);
    near(engine.reading.memory.workingSetBytes, settled.reading.memory.workingSetBytes, 2 ** 20);
    for (const { memory } of [engine.reading, settled.reading]) {
      assert.equal(
        (memory.availableBytes ?? 0) + memory.workingSetBytes,
        64 * 2 ** 20,
        'what its limit leaves',
      );
    }
    near(engine.reading.memory.rssBytes, settled.reading.memory.rssBytes, 2 ** 20);
    assert.deepEqual(
      engine.network.map((one) => one.interface),
      settled.network.map((one) => one.interface),
    );
    near(Number(engine.network[0]?.rxBytes), Number(settled.network[0]?.rxBytes), 5000);
    await machine.drop(pod.uid);
    assert.equal(await byFiles.measure(id, want, signal), undefined);
    assert.equal(await byEngine.measure(id, want, signal), undefined);
  });

  it('has nothing left of a limit where there is none', async () => {
    const pod = await start('exec sleep 1000', {});
    for (const meter of [byFiles, byEngine]) {
      const memory = (await meter.measure(pod.containers[0]?.id ?? '', want, signal))?.reading.memory;
      assert.ok(memory && memory.usageBytes > 0);
      assert.equal(memory.availableBytes, undefined);
    }
    await machine.drop(pod.uid);
  });

  it('tells of processes that were killed for memory, whether or not the container ended by it', async () => {
    // While the memory of what it killed is still being freed, the kernel may go on to kill for want of more: the hungry
    // go first, and the shell of a Guaranteed pod last.
    const hungry = 'echo 1000 >/proc/self/oom_score_adj; head -c 200000000 /dev/zero | tail -c 150000000';
    const greedy = `while :; do (${hungry} >/dev/null) || :; sleep 1; done`;
    const pod = await start(greedy, { cpu: '1', memory: '16Mi' });
    const id = pod.containers[0]?.id ?? '';
    await eventually(async () => ((await byFiles.measure(id, want, signal))?.reading.oomKills ?? 0) > 0);
    await machine.drop(pod.uid);
  });

  it('tells how a limit of CPU holds it back, and of disks what the kernel tells', async () => {
    const busy = 'dd if=/dev/zero of=/f bs=1M count=8 conv=fsync; while :; do :; done';
    const pod = await start(busy, { cpu: '50m', memory: '64Mi' });
    const id = pod.containers[0]?.id ?? '';
    const files = await eventually(async () => {
      const reading = (await byFiles.measure(id, want, signal))?.reading;
      return (reading?.cfs?.throttledPeriods ?? 0) > 20 ? reading : undefined;
    });
    const engine = (await byEngine.measure(id, want, signal))?.reading;
    const { periods = 0, throttledPeriods = 0, throttledUsec = 0 } = files.cfs ?? {};
    assert.ok(
      periods >= throttledPeriods && throttledUsec > throttledPeriods * 1000,
      JSON.stringify(files.cfs),
    );
    assert.ok((engine?.cfs?.periods ?? 0) >= periods && (engine?.cfs?.throttledUsec ?? 0) >= throttledUsec);
    const disks = (reading: typeof files | undefined) =>
      (reading?.diskIo ?? []).map(({ major, minor }) => `${major}:${minor}`).toSorted();
    assert.deepEqual(disks(files), disks(engine));
    // Kernels with version 1 count the disks of those alone whose disks they hold back.
    if (existsSync('/sys/fs/cgroup/cgroup.controllers')) {
      const disk = files.diskIo?.find(({ writeBytes }) => writeBytes >= 8 * 2 ** 20);
      assert.ok(disk?.device && disk.writes, JSON.stringify(files.diskIo));
    }
    assert.equal(files.memory.swapLimitBytes, 0, 'what is limited has no swap');
    assert.ok((files.processes ?? 0) >= 1 && (files.tasks ?? 0) >= 1);
    const { layerBytes, log } = await measureWritten(machine.docker.patient.getContainer(id));
    assert.ok(layerBytes >= 8 * 2 ** 20, `${layerBytes} bytes written`);
    assert.ok(log && log.bytes > 0 && log.files === 1, 'what dd has said');
    await machine.drop(pod.uid);
  });
});
