// Docker itself goes away under running pods and comes back: told to stop, killed, and with live-restore, which lets
// containers run on meanwhile. What ended is told once and restarted by its policy, once; what ran on is left alone.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { containerStatuses, type Pod } from '../../../common/pod.ts';
import { ensureBusyboxImage } from '../../kit/busybox-image.ts';
import { eventually } from '../../kit/eventually.ts';
import { OwnDockerd } from '../../kit/own-dockerd.ts';
import { freePodCidr } from '../../kit/pod-cidr.ts';
import { PodMachine, SERVE, STUBBORN, scriptPod } from '../../kit/pod-machine.ts';

for (const { title, signal } of [
  { title: 'Docker that is told to stop', signal: 'SIGTERM' },
  // What it ran is still there when it begins anew; it stops that then.
  { title: 'Docker that is killed', signal: 'SIGKILL' },
] as const) {
  describe(title, () => {
    const cleanUp = new AsyncDisposableStack();
    let dockerd: OwnDockerd;
    let machine: PodMachine;
    before(async () => {
      ({ dockerd, machine } = await machineWithDocker(cleanUp, []));
    });
    after(() => cleanUp.disposeAsync());

    it('is away: pods keep their status; is back: each end is told once, and restarted once where the policy says so', async () => {
      const always = await running(machine, scriptPod({ main: SERVE, side: SERVE }));
      const never = await running(machine, scriptPod({ main: SERVE }, { restartPolicy: 'Never' }));
      const leaving = await running(machine, scriptPod({ main: STUBBORN }));
      await machine.manager.remove(leaving, 3);
      const told = machine.statuses.get(always)?.length ?? 0;

      await dockerd.end(signal);
      await eventually(() => !machine.manager.engineReady, { what: 'Docker known to be away' });
      const lastSeen = [machine.status(always), machine.status(never)];
      const late = scriptPod({ main: SERVE });
      await machine.manager.apply(late);
      assert.deepEqual([machine.status(always), machine.status(never)], lastSeen);

      await dockerd.start();
      await eventually(() => begunAnew(machine, always), { what: 'the containers begun anew' });
      await eventually(() => machine.container(never)?.state?.terminated, {
        what: 'the end of what stays ended',
      });
      await eventually(() => begun(machine, late.metadata.uid, 0), { what: 'the pod that came meanwhile' });

      await eventually(() => machine.gone.some(({ uid }) => uid === leaving), {
        what: 'the end of the pod that was being deleted',
      });

      assert.equal(machine.status(never)?.phase, 'Succeeded');
      assert.equal(machine.container(never)?.state?.terminated?.exitCode, 0);
      assert.equal(machine.container(never)?.restartCount, 0);
      const since = machine.statuses.get(always)?.slice(told) ?? [];
      const counts = new Set(since.flatMap((status) => containerStatuses(status).map(restartsOf)));
      // A Docker that takes its time to stop starts what has ended, and stops it again.
      assert.deepEqual([...counts].sort(), [0, 1, 2].slice(0, Math.max(2, counts.size)));
      assert.ok(since.every(({ phase }) => phase === 'Running'));
      const restarts = containerStatuses(machine.status(always)).map(restartsOf);
      if (Math.max(...restarts) === 1) {
        for (const name of ['main', 'side'])
          assert.equal(machine.container(always, name)?.lastState?.terminated?.exitCode, 0, name);
      }
      const started = machine.events.filter(
        ({ podUid, reason }) => podUid === always && reason === 'Started',
      );
      // One that Docker would not start any more counts as an attempt, and was not started.
      const attempts = restarts.reduce((sum, count) => sum + count + 1, 0);
      assert.ok(started.length >= 4 && started.length <= attempts, `${started.length} of ${attempts}`);
    });
  });
}

describe('Docker with live-restore', () => {
  const cleanUp = new AsyncDisposableStack();
  let dockerd: OwnDockerd;
  let machine: PodMachine;
  before(async () => {
    ({ dockerd, machine } = await machineWithDocker(cleanUp, ['--live-restore']));
  });
  after(() => cleanUp.disposeAsync());

  it('lets pods run on while it is away; what ends meanwhile is told once and restarted once', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'longshore-restart-'));
    cleanUp.defer(() => rm(folder, { recursive: true }));
    const steady = await running(machine, scriptPod({ main: SERVE }));
    const ending = await running(
      machine,
      scriptPod(
        { main: 'while [ ! -e /host/end ]; do sleep 0.1; done; rm /host/end; touch /host/ended; exit 3' },
        {
          volumes: [{ name: 'host', hostPath: { path: folder } }],
          containers: [{ name: 'main', volumeMounts: [{ name: 'host', mountPath: '/host' }] }],
        },
      ),
    );
    const before = machine.container(steady);

    await dockerd.end('SIGTERM');
    await eventually(() => !machine.manager.engineReady, { what: 'Docker known to be away' });
    await writeFile(join(folder, 'end'), '');
    await eventually(() => existsSync(join(folder, 'ended')), { what: 'the end of a container' });
    await dockerd.start();

    await eventually(() => begun(machine, ending, 1), { what: 'the ended container begun anew' });
    assert.equal(machine.container(ending)?.lastState?.terminated?.exitCode, 3);
    assert.deepEqual(machine.container(steady), before);
  });
});

async function machineWithDocker(cleanUp: AsyncDisposableStack, flags: readonly string[]) {
  const dockerd = cleanUp.use(await OwnDockerd.start(flags));
  await ensureBusyboxImage(dockerd.docker);
  const machine = cleanUp.use(
    await PodMachine.create({ dockerSocket: dockerd.socket, podCidr: freePodCidr() }),
  );
  // Whatever failed, there is a Docker to clean up in.
  cleanUp.defer(() => dockerd.start());
  return { dockerd, machine };
}

function begun(machine: PodMachine, uid: string, restartCount: number): boolean {
  const all = containerStatuses(machine.status(uid));
  return all.length > 0 && all.every((status) => status.restartCount === restartCount && status.ready);
}

function begunAnew(machine: PodMachine, uid: string): boolean {
  return containerStatuses(machine.status(uid)).every((status) => restartsOf(status) >= 1 && status.ready);
}

function restartsOf({ restartCount }: { readonly restartCount: number }): number {
  return restartCount;
}

async function running(machine: PodMachine, pod: Pod): Promise<string> {
  await machine.manager.apply(pod);
  const { uid } = pod.metadata;
  await eventually(() => machine.status(uid)?.phase === 'Running', { what: `${pod.metadata.name} running` });
  return uid;
}
