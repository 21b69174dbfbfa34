// What a real container uses, by the kernel's files and by Docker: both must say the same.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createDockerStats } from '../../../../agent/runtime/docker-stats.ts';
import { type ContainerMeter, createContainerMeter } from '../../../../agent/stats/container-meter.ts';
import { ensureBusyboxImage } from '../../../kit/busybox-image.ts';
import { eventually } from '../../../kit/eventually.ts';
import { PodMachine, scriptPod } from '../../../kit/pod-machine.ts';

/** A file system that shows no cgroups, as in a container of the agent's own. */
const NOWHERE = { cgroup: '/nonexistent', proc: '/nonexistent' };
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

  const start = async (script: string, limit = '64Mi') => {
    const resources = { limits: { memory: limit } };
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
    const settled = await eventually(
      async () => {
        const [first, second] = [
          await byFiles.measure(id, want, signal),
          await byFiles.measure(id, want, signal),
        ];
        return first && first.reading.cpuUsec === second?.reading.cpuUsec ? first : undefined;
      },
      { everyMs: 500 },
    );
    assert.ok(settled.reading.cpuUsec >= busy.reading.cpuUsec);
    const engine = await byEngine.measure(id, want, signal);
    assert.ok(engine, 'Docker measures it');
    const near = (a = 0, b = 0, by = 0) => assert.ok(Math.abs(a - b) <= by, `${a} and ${b}`);
    near(engine.reading.cpuUsec, settled.reading.cpuUsec, 50_000);
    near(engine.reading.memory.workingSetBytes, settled.reading.memory.workingSetBytes, 2 ** 20);
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

  it('tells of processes that were killed for memory, whether or not the container ended by it', async () => {
    const greedy =
      'while :; do (head -c 200000000 /dev/zero | tail -c 150000000 >/dev/null) || :; sleep 1; done';
    const pod = await start(greedy, '16Mi');
    const id = pod.containers[0]?.id ?? '';
    await eventually(async () => ((await byFiles.measure(id, want, signal))?.reading.oomKills ?? 0) > 0);
    await machine.drop(pod.uid);
  });
});
