// Docker is killed at moments nobody chose, again and again, under an agent that is pulling, making, starting, probing,
// running hooks and removing. The containers themselves are the witnesses: each writes down its starts, and what lives in
// the end is counted.
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { containerStatuses, type Pod } from '../../../common/pod.ts';
import { BUSYBOX_IMAGE, ensureBusyboxImage } from '../../kit/busybox-image.ts';
import { type DockerRegistry, startDockerRegistry } from '../../kit/docker-registry.ts';
import { eventually } from '../../kit/eventually.ts';
import { OwnDockerd } from '../../kit/own-dockerd.ts';
import { PodMachine, SERVE, scriptContainer, scriptPod } from '../../kit/pod-machine.ts';
import { seededRandom } from '../../kit/random.ts';

const KILLS = 5;
/** A start that Docker had begun when it was killed, and knows nothing of afterwards: its process may live on as well. */
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

  /** What it does is written down by each of its containers. */
  const witnessed = (main: string, spec: Partial<Pod['spec']> = {}): Pod => {
    const script = (name: string, rest: string) => `echo x >>/witness/$POD.${name}; ${rest}`;
    const env = [{ name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.uid' } } }];
    const volumeMounts = [{ name: 'witness', mountPath: '/witness' }];
    const exec = { command: ['true'] };
    const pod = scriptPod(
      { main: script('main', main) },
      {
        volumes: [{ name: 'witness', hostPath: { path: folder } }],
        initContainers: [scriptContainer('init', script('init', 'exit 0'), { env, volumeMounts })],
        containers: [
          {
            ...{ name: 'main', env, volumeMounts, image, imagePullPolicy: 'Always' },
            readinessProbe: { exec, periodSeconds: 1 },
            lifecycle: { postStart: { exec }, preStop: { exec } },
          },
        ],
        ...spec,
      },
    );
    witnesses.push(pod.metadata.uid);
    return pod;
  };
  it('runs nothing beside its own kind, restarts by policy, and leaves nothing of what was deleted', async (t) => {
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
    for (const { metadata } of doomed) await machine.manager.remove(metadata.uid, 1);

    const status = ({ metadata }: Pod) => machine.status(metadata.uid);
    /** Who was restarted often waits its time. */
    const isSettled = (pod: Pod) =>
      containerStatuses(status(pod)).every(
        ({ ready, state }) => ready || state?.waiting?.reason === 'CrashLoopBackOff',
      );
    for (const pod of steady) {
      await eventually(() => status(pod)?.phase === 'Running' && isSettled(pod), {
        what: `${pod.metadata.name} running: ${JSON.stringify(status(pod))}`,
        timeoutMs: 60_000,
      });
    }
    await eventually(() => once.every((pod) => ['Succeeded', 'Failed'].includes(status(pod)?.phase ?? '')), {
      what: 'the end of what runs once',
    });
    const isGone = ({ metadata }: Pod) => machine.gone.some(({ uid }) => uid === metadata.uid);
    await eventually(() => doomed.every(isGone), { what: 'the end of every deleted pod' });
    await eventually(async () => (await left(doomed)).length === 0, { what: 'nothing left of them' });

    const ids = new Set((await dockerd.docker.listContainers()).map(({ Id }) => Id));
    for (const [pods, most] of [[steady, 1] as const, [[...once, ...doomed], 0] as const]) {
      for (const { metadata } of pods) {
        const lives = livesOf(metadata.uid);
        const known = lives.filter(({ containerId }) => ids.has(containerId));
        assert.ok(known.length <= most, `${known.length} live of ${metadata.name}`);
        assert.ok(lives.length - known.length <= FORGOTTEN, `Docker knows nothing of ${lives.length} lives`);
      }
    }
    for (const pod of [...steady, ...once]) {
      for (const { name, restartCount } of containerStatuses(status(pod))) {
        const runs = runsOf(pod, name);
        const known = restartCount + 1;
        assert.ok(runs <= known + FORGOTTEN, `${name} ran ${runs} times with ${restartCount} restarts`);
      }
    }
  });

  const left = async (pods: readonly Pod[]) => {
    const names = await machine.names();
    return names.filter((name) => pods.some(({ metadata }) => name.includes(metadata.uid)));
  };
  const runsOf = ({ metadata }: Pod, container: string): number => {
    const file = `${metadata.uid}.${container}`;
    if (!readdirSync(folder).includes(file)) return 0;
    return readFileSync(join(folder, file), 'utf8').length / 'x\n'.length;
  };
});

/** The processes of this machine that run a pod's main script, whatever Docker knows of their container. */
function livesOf(podUid: string): { readonly pid: number; readonly containerId: string }[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    try {
      const [cmdline = '', environ = '', cgroup = ''] = ['cmdline', 'environ', 'cgroup'].map((file) =>
        readFileSync(`/proc/${pid}/${file}`, 'utf8'),
      );
      if (!environ.split('\0').includes(`POD=${podUid}`) || !cmdline.includes('$POD.main')) return [];
      return [{ pid: Number(pid), containerId: /[0-9a-f]{64}/.exec(cgroup)?.[0] ?? '' }];
    } catch {
      return [];
    }
  });
}
