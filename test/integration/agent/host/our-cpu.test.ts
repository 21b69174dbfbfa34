// What real containers use, and have used that ended, by the accounts of the kernel.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createOurCpu } from '../../../../agent/host/our-cpu.ts';
import { endedContainers, runningContainers } from '../../../../agent/pod/running-container.ts';
import { createDockerStats } from '../../../../agent/runtime/docker-stats.ts';
import { findContainerGroup } from '../../../../agent/stats/container-group.ts';
import { ensureBusyboxImage } from '../../../kit/busybox-image.ts';
import { eventually } from '../../../kit/eventually.ts';
import { PodMachine, scriptPod } from '../../../kit/pod-machine.ts';

const WORK = 'i=0; while [ $i -lt 1000000 ]; do i=$((i+1)); done';

describe('CPU time of our containers', () => {
  let machine: PodMachine;
  before(async () => {
    await ensureBusyboxImage();
    machine = await PodMachine.create();
  });
  after(() => machine?.[Symbol.asyncDispose]());

  it('is ours, of one that ended too', async () => {
    const engine = createDockerStats(machine.docker);
    const usedNs = createOurCpu({
      root: '/',
      containers() {
        const statuses = machine.manager.reports().map(({ status }) => status);
        return { running: statuses.flatMap(runningContainers), ended: statuses.flatMap(endedContainers) };
      },
      async groupOf(id) {
        const found = await engine.locate(id);
        return found && findContainerGroup({ id, pid: found.pid })?.cpu;
      },
      ownCpuNs: () => 0,
    });
    // The accounts of Docker's own services are those of everybody who uses it, and change by themselves.
    const idle = scriptPod({ main: 'exec sleep 1000' });
    await machine.manager.apply(idle);
    await eventually(() => runningContainers(machine.status(idle.metadata.uid)).length === 1);
    await usedNs();

    const job = scriptPod(
      { main: `time sh -c '${WORK}' 2>/dev/termination-log` },
      { restartPolicy: 'Never' },
    );
    await machine.manager.apply(job);
    const words = await eventually(
      () => machine.status(job.metadata.uid)?.containerStatuses?.[0]?.state?.terminated?.message,
      { timeoutMs: 60_000 },
    );
    const seconds = (name: string) => {
      const [, minutes = '', rest = ''] = new RegExp(`${name}\\s+(\\d+)m ([\\d.]+)s`).exec(words) ?? [];
      return Number(minutes) * 60 + Number(rest);
    };
    const tookS = seconds('user') + seconds('sys');
    assert.ok(tookS > 0.2, words);
    const oursS = ((await usedNs()) ?? 0) / 1e9;
    assert.ok(oursS >= tookS * 0.95, `${oursS} s are ours; the job that ended had used ${tookS} s`);
  });
});
