// Docker is killed at moments nobody chose, again and again, under an agent that is pulling, making, starting, probing,
// running hooks and removing. The containers themselves are the witnesses: each writes down its starts and what it finds
// in its volumes, and what lives in the end is counted.
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { readMounts } from '../../../agent/volumes/mount-table.ts';
import { containerStatuses, type Pod } from '../../../common/pod.ts';
import { BUSYBOX_IMAGE, ensureBusyboxImage } from '../../kit/busybox-image.ts';
import { type DockerRegistry, startDockerRegistry } from '../../kit/docker-registry.ts';
import { eventually } from '../../kit/eventually.ts';
import { OwnDockerd } from '../../kit/own-dockerd.ts';
import { PodMachine, SERVE, scriptContainer, scriptPod, sidecar } from '../../kit/pod-machine.ts';
import { seededRandom } from '../../kit/random.ts';

const KILLS = 4;
/** A start that Docker had begun when it was killed, and knows nothing of afterwards, may have done its work. */
const FORGOTTEN = 1;

describe('an agent whose Docker is killed at any moment', () => {
  const folder = mkdtempSync(join(tmpdir(), 'longshore-killed-'));
  const cleanUp = new AsyncDisposableStack();
  let dockerd: OwnDockerd;
  let registry: DockerRegistry;
  let machine: PodMachine;
  let image = '';
  const witnesses: string[] = [];
  before(async () => {
    cleanUp.defer(() => rmSync(folder, { recursive: true }));
    dockerd = cleanUp.use(await OwnDockerd.start());
    await ensureBusyboxImage(dockerd.docker);
    cleanUp.defer(() => {
      for (const uid of witnesses) for (const { pid } of livesOf(uid)) process.kill(pid, 'SIGKILL');
    });
    registry = cleanUp.use(await startDockerRegistry());
    image = await registry.push(dockerd.docker, BUSYBOX_IMAGE, 'busybox:1');
    machine = cleanUp.use(await PodMachine.create({ dockerSocket: dockerd.socket }));
    cleanUp.defer(() => dockerd.start());
  });
  after(() => cleanUp.disposeAsync());

  /**
   * What it does is written down by each of its containers: that they start, what they find in their volumes (of which one
   * is in memory and one is seen through a part of it), that they are asked to end.
   */
  const witnessed = (main: string, spec: Partial<Pod['spec']> = {}): Pod => {
    // A Docker that begins anew asks it to end, and waits 10 s for one that does not listen.
    const script = (name: string, rest: string) =>
      `trap "exit 0" TERM; echo x >>/witness/$POD.${name}; ${rest}`;
    const env = [{ name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.uid' } } }];
    const witness = { name: 'witness', mountPath: '/witness' };
    const memory = { name: 'memory', mountPath: '/memory' };
    const part = { name: 'disk', mountPath: '/part', subPath: 'a/part' };
    const seen =
      'cat /memory/once >>/witness/$POD.memory; echo x >>/part/starts; wc -l </part/starts >/witness/$POD.part';
    const exec = { command: ['true'] };
    const preStop = { exec: { command: ['sh', '-c', script('preStop', 'sleep 0.3')] } };
    const pod = scriptPod(
      { main: script('main', `${seen}; ${main}`) },
      {
        volumes: [
          { name: 'witness', hostPath: { path: folder } },
          { name: 'memory', emptyDir: { medium: 'Memory' } },
          { name: 'disk', emptyDir: {} },
        ],
        initContainers: [
          scriptContainer('init', script('init', '[ -e /memory/once ] || date +%N >/memory/once'), {
            env,
            volumeMounts: [witness, memory],
          }),
          sidecar('side', script('side', SERVE), { env, volumeMounts: [witness] }),
        ],
        containers: [
          {
            ...{ name: 'main', env, volumeMounts: [witness, memory, part], image, imagePullPolicy: 'Always' },
            readinessProbe: { exec, periodSeconds: 1 },
            lifecycle: { postStart: { exec }, preStop },
          },
        ],
        ...spec,
      },
    );
    witnesses.push(pod.metadata.uid);
    return pod;
  };
  const status = ({ metadata }: Pod) => machine.status(metadata.uid);
  /** Who was restarted often waits its time. */
  const isSettled = (pod: Pod) =>
    status(pod)?.phase === 'Running' &&
    containerStatuses(status(pod)).every(
      ({ ready, state }) => ready || state?.waiting?.reason === 'CrashLoopBackOff',
    );
  const settled = async (pod: Pod) => {
    await eventually(() => isSettled(pod), {
      what: `${pod.metadata.name} running`,
      timeoutMs: 60_000,
    }).catch((cause: unknown) => {
      throw new Error(`it is ${JSON.stringify(status(pod))}`, { cause });
    });
  };
  const gone = ({ metadata }: Pod) =>
    eventually(() => machine.gone.some(({ uid }) => uid === metadata.uid), {
      what: `the end of ${metadata.name}`,
    });

  it('ends a run that Docker has forgotten before it begins another', async () => {
    const pod = witnessed(SERVE);
    const { uid } = pod.metadata;
    await machine.manager.apply(pod);
    await settled(pod);
    const former = containerStatuses(status(pod)).flatMap(({ state, containerID = '' }) =>
      state?.running ? [containerID.replace('docker://', '')] : [],
    );
    assert.equal(former.length, 2);
    await dockerd.end('SIGKILL');
    for (const id of former) dockerd.forgetStart(id);
    await dockerd.start();
    assert.ok(
      former.every((id) => processesOf(id).length > 0),
      'Docker leaves alone what it has forgotten',
    );
    await eventually(() => former.every((id) => processesOf(id).length === 0), { what: 'their end' });
    await settled(pod);
    assert.deepEqual(
      livesOf(uid)
        .map(({ container }) => container)
        .sort(),
      ['main', 'side'],
    );
    await machine.manager.remove(uid, 1);
    await gone(pod);
    assert.deepEqual(livesOf(uid), []);
  });

  it('runs nothing beside its own kind, restarts by policy, keeps volumes, and leaves nothing of what was deleted', async (t) => {
    const seed = Number(process.env['KILL_SEED'] ?? randomInt(2 ** 31));
    t.diagnostic(`KILL_SEED=${seed}`);
    const random = seededRandom(seed);
    const [steady, once, doomed]: [Pod[], Pod[], Pod[]] = [[], [], []];
    for (let round = 0; round < KILLS; round++) {
      steady.push(witnessed(SERVE));
      once.push(witnessed('exit 0', { restartPolicy: 'Never' }));
      doomed.push(witnessed(SERVE));
      for (const pods of [steady, once, doomed]) await machine.manager.apply(pods.at(-1) ?? assert.fail());
      const victim = doomed[round - 1];
      if (victim) await machine.manager.remove(victim.metadata.uid, 1);
      // The moment itself is the test: no observable says when it has come.
      await delay(random() * 2500);
      await dockerd.end('SIGKILL');
      await dockerd.start();
    }
    const last = doomed.at(-1) ?? assert.fail();
    for (const pod of [...steady, last]) await settled(pod);
    await machine.manager.remove(last.metadata.uid, 1);
    await eventually(() => once.every((pod) => ['Succeeded', 'Failed'].includes(status(pod)?.phase ?? '')), {
      what: 'the end of what runs once',
    });
    for (const pod of doomed) await gone(pod);
    await eventually(async () => (await left(doomed)).length === 0, { what: 'nothing left of them' });

    // A status may still be that of before Docker's last end.
    for (const pod of steady) {
      const alive = () => livesOf(pod.metadata.uid).map(({ container }) => container);
      const running = () =>
        containerStatuses(status(pod)).flatMap(({ name, state }) => (state?.running ? [name] : []));
      await eventually(() => isSettled(pod) && isDeepStrictEqual(alive().sort(), running().sort()), {
        what: `as many of ${pod.metadata.name} as it says`,
      }).catch((cause: unknown) => {
        throw new Error(`${alive()} live, and it is ${JSON.stringify(status(pod))}`, { cause });
      });
    }
    for (const { metadata } of [...once, ...doomed]) assert.deepEqual(livesOf(metadata.uid), []);
    for (const pod of [...steady, ...once]) {
      for (const { name, restartCount } of containerStatuses(status(pod))) {
        const runs = noted(pod, name).length;
        const known = restartCount + 1;
        assert.ok(runs <= known + FORGOTTEN, `${name} ran ${runs} times with ${restartCount} restarts`);
      }
    }
    for (const pod of [...steady, ...once, ...doomed]) {
      const runs = noted(pod, 'main').length;
      assert.equal(new Set(noted(pod, 'memory')).size, runs > 0 ? 1 : 0, 'the same in memory at each start');
      if (runs > 0)
        assert.deepEqual(noted(pod, 'part'), [String(runs)], 'the part of each start is the same');
    }
    for (const pod of doomed) assert.ok(noted(pod, 'preStop').length <= 1, 'asked to end once');
    assert.equal(noted(last, 'preStop').length, 1);
  });

  /** Of these pods: containers, folders and mounts. */
  const left = async (pods: readonly Pod[]) => {
    const mounts = (await readMounts()).map(({ mountPoint }) => mountPoint);
    const folders = [machine.volumesDir, machine.memoryDir].flatMap((dir) => readdirSync(dir));
    const all = [...(await machine.names()), ...mounts, ...folders];
    return all.filter((name) => pods.some(({ metadata }) => name.includes(metadata.uid)));
  };
  /** The lines that it has written down. */
  const noted = ({ metadata }: Pod, about: string): string[] => {
    const file = `${metadata.uid}.${about}`;
    if (!readdirSync(folder).includes(file)) return [];
    return readFileSync(join(folder, file), 'utf8').trim().split('\n');
  };
});

/** The processes of this machine that run a script of a pod's, whatever Docker knows of their container. */
function livesOf(podUid: string): { readonly pid: number; readonly container: string }[] {
  return processes().flatMap(({ pid, cmdline, environ }) => {
    const container = /\/witness\/\$POD\.(main|side);/.exec(cmdline)?.[1];
    return container && environ.split('\0').includes(`POD=${podUid}`) ? [{ pid, container }] : [];
  });
}

/** With what containerd runs beside them. */
function processesOf(containerId: string): readonly object[] {
  return processes().filter((one) => `${one.cgroup}${one.cmdline}`.includes(containerId));
}

function processes() {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    try {
      const [cmdline = '', environ = '', cgroup = ''] = ['cmdline', 'environ', 'cgroup'].map((file) =>
        readFileSync(`/proc/${pid}/${file}`, 'utf8'),
      );
      return [{ pid: Number(pid), cmdline, environ, cgroup }];
    } catch {
      return [];
    }
  });
}
