// What `privileged: true` gives a container, as it sees it itself, next to one of the same pod that is not.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { ensureBusyboxImage } from '../../kit/busybox-image.ts';
import { eventually } from '../../kit/eventually.ts';
import { modestRuntime } from '../../kit/modest-runtime.ts';
import { OwnDockerd } from '../../kit/own-dockerd.ts';
import { PodMachine, scriptPod } from '../../kit/pod-machine.ts';

/** Each prints what came of something that only a privileged container may do. */
const LOOKS = {
  mount: 'mkdir /mnt; mount -t tmpfs none /mnt && touch /mnt/x && echo mounted',
  devices: 'ls /dev | grep -cx -e kmsg -e loop-control',
  sys: 'grep -c "^sysfs /sys sysfs rw," /proc/mounts',
  proc: 'grep -c " /proc/" /proc/mounts',
  seccomp: 'grep Seccomp: /proc/self/status | cut -f2',
  administers: `echo $((0x$(grep CapEff /proc/self/status | cut -f2) >> 21 & 1))`,
};
const SCRIPT = Object.entries(LOOKS)
  .map(([name, look]) => `echo ${name}=$( (${look}) 2>/dev/null)`)
  .join('; ');

describe('a privileged container', () => {
  const cleanUp = new AsyncDisposableStack();
  let machine: PodMachine;
  before(async () => {
    const runtime = cleanUp.use(modestRuntime());
    const dockerd = cleanUp.use(await OwnDockerd.start(runtime.dockerdFlags));
    await ensureBusyboxImage(dockerd.docker);
    machine = cleanUp.use(await PodMachine.create({ dockerSocket: dockerd.socket }));
  });
  after(() => cleanUp.disposeAsync());

  it('mounts, sees all devices, writes to /sys and is held by no seccomp profile, unlike its neighbour', async () => {
    const seccompProfile = { type: 'Localhost', localhostProfile: 'not-there.json' };
    const pod = scriptPod(
      { main: SCRIPT, plain: SCRIPT },
      {
        restartPolicy: 'Never',
        containers: [
          { name: 'main', securityContext: { privileged: true, seccompProfile } },
          { name: 'plain', securityContext: { seccompProfile: { type: 'RuntimeDefault' } } },
        ],
      },
    );
    const { uid } = pod.metadata;
    await machine.manager.apply(pod);
    await eventually(() => machine.status(uid)?.phase === 'Succeeded', { what: 'the end of the pod' });
    const seen = async (container: string) =>
      Object.fromEntries((await machine.output(uid, container)).split('\n').map((line) => line.split('=')));
    const devices = (await readdir('/dev')).filter((name) => ['kmsg', 'loop-control'].includes(name));
    assert.ok(devices.length > 0);
    assert.deepEqual(await seen('main'), {
      ...{ mount: 'mounted', devices: `${devices.length}`, sys: '1', proc: '0' },
      ...{ seccomp: '0', administers: '1' },
    });
    const { proc, ...plain } = await seen('plain');
    assert.deepEqual(plain, { mount: '', devices: '0', sys: '0', seccomp: '2', administers: '0' });
    assert.notEqual(proc, '0');
    await machine.drop(uid);
  });
});
