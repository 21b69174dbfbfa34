// A real agent process dies by SIGKILL at moments nobody chose, again and again, while pods are made, crash and are
// deleted. Docker's own events are the witness: what ran ran on, nothing ran twice, and what was deleted left nothing.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import Docker from 'dockerode';
import { jsonLines } from '../../../agent/runtime/json-lines.ts';
import type { Pod } from '../../../common/pod.ts';
import { bundle, PROGRAMS } from '../../../scripts/bundle.ts';
import { ensureBusyboxImage } from '../../kit/busybox-image.ts';
import { eventually } from '../../kit/eventually.ts';
import { SERVE, scriptContainer, scriptPod, sidecar } from '../../kit/pod-machine.ts';
import { seededRandom } from '../../kit/random.ts';
import { startTestController, type TestController } from '../../kit/rpc-fixture.ts';
import { Wishes } from '../../kit/wishes.ts';

const KILLS = 20;
const docker = new Docker();

describe('an agent that is killed at any moment', () => {
  const seed = Number(process.env['KILL_SEED'] ?? randomInt(2 ** 31));
  const random = seededRandom(seed);
  const folder = mkdtempSync(join(tmpdir(), 'longshore-sigkill-'));
  const hooks = join(folder, 'hooks');
  const wishes = new Wishes();
  const starts: Start[] = [];
  const watching = new AbortController();
  let controller: TestController;
  let program = '';
  let token = '';
  let agent: ChildProcess | undefined;

  before(async () => {
    await ensureBusyboxImage();
    const agentProgram = PROGRAMS.find(({ entry }) => entry.startsWith('agent/'));
    assert.ok(agentProgram);
    program = (await bundle(agentProgram, folder)).path;
    controller = await startTestController({ observer: wishes });
    token = join(folder, 'token');
    writeFileSync(token, await controller.token());
    await watchStarts(starts, watching.signal);
  });
  after(async () => {
    watching.abort();
    await kill(agent);
    await controller?.[Symbol.asyncDispose]();
    const left = await containersOf([...wishes.everWished]);
    await Promise.all(left.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true })));
    rmSync(folder, { recursive: true, force: true });
  });

  const startAgent = () => {
    const flags = ['--controller', controller.address, '--token-file', token, '--name', 'doomed'];
    const args = [program, ...flags, '--state-dir', join(folder, 'state')];
    agent = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'ignore'] });
    return agent;
  };

  it('restarts nothing that ran, runs nothing twice, and leaves nothing of what was deleted', async (t) => {
    t.diagnostic(`KILL_SEED=${seed}`);
    const steady: Pod[] = [];
    const doomed: Pod[] = [];
    const act = () => {
      const choice = random();
      if (choice < 0.4 && steady.length < 5) {
        steady.push(wishes.want(steadyPod(hooks)));
      } else if (choice < 0.5) {
        const pod = steady[Math.floor(random() * steady.length)];
        if (pod) wishes.want(resized(pod, 64 + Math.floor(random() * 64)));
      } else if (choice < 0.75) {
        const main = random() < 0.5 ? SERVE : 'exit 1';
        doomed.push(wishes.want(doomedPod(main)));
      } else {
        const victim = doomed.find(({ metadata }) => wishes.isWanted(metadata.uid));
        if (victim) wishes.delete(victim.metadata.uid);
      }
    };
    const crashing = wishes.want(scriptPod({ main: 'sleep 1; exit 1' }));
    const refused = wishes.want(scriptPod({ main: SERVE }, { hostUsers: false }));

    for (let round = 0; round < KILLS; round++) {
      const sessions = wishes.sessions;
      const running = startAgent();
      const early = random() < 0.2;
      if (!early) await eventually(() => wishes.sessions > sessions, { what: 'a session', everyMs: 5 });
      for (let actions = 1 + random() * 2; actions >= 1; actions--) act();
      // The moment itself is the test: no observable says when it has come.
      await delay(random() * (early ? 400 : 900));
      await kill(running);
    }

    for (const { metadata } of doomed) if (wishes.isWanted(metadata.uid)) wishes.delete(metadata.uid);
    startAgent();
    await eventually(() => steady.every(({ metadata }) => wishes.phase(metadata.uid) === 'Running'), {
      what: 'every pod running',
    });
    await eventually(() => wishes.leaving === 0, { what: 'the end of every deleted pod' });
    await eventually(async () => (await containersOf(doomed.map(uidOf))).length === 0, {
      what: 'nothing in Docker of a deleted pod',
    });

    assert.deepEqual(wishes.surprises, []);
    t.diagnostic(`${starts.length} containers were started for ${wishes.everWished.size} pods`);
    for (const { metadata } of steady) {
      const started = starts.filter(({ uid }) => uid === metadata.uid).map(({ container }) => container);
      assert.deepEqual(started.sort(), ['POD/0', 'init/0', 'main/0', 'proxy/0', 'side/0'], 'each once');
      for (const name of ['init', 'main', 'proxy', 'side']) {
        const told = () => wishes.wasTold(metadata.uid, `Started container ${name}`);
        await eventually(told, { what: `the event that ${name} of ${metadata.name} has started` });
      }
      const [main] = (await containersOf([metadata.uid])).filter(isMain);
      assert.ok(main);
      const { HostConfig } = await docker.getContainer(main.Id).inspect();
      assert.equal(HostConfig.Memory, memoryOf(wishes.pod(metadata.uid)), 'the last size wished');
      assert.equal(readFileSync(join(hooks, metadata.name), 'utf8'), 'postStart\n', 'its hook ran once');
    }
    for (const pod of [...doomed, crashing]) {
      const attempts = starts.filter(({ uid }) => uid === uidOf(pod)).map(({ container }) => container);
      assert.equal(new Set(attempts).size, attempts.length, `no attempt started twice: ${attempts}`);
    }
    for (const { uid, container, atMs } of starts) {
      const goneAtMs = wishes.goneAtMs.get(uid) ?? Number.POSITIVE_INFINITY;
      assert.ok(atMs <= goneAtMs, `${container} of ${uid} started after it was said to be gone`);
    }
    const why =
      'spec.hostUsers is not supported by Longshore: Docker maps users for all containers of a machine alike, not for one pod';
    await eventually(() => wishes.wasTold(uidOf(refused), `Error: ${why}`), { what: 'why a pod waits' });
    const kept = [...steady, crashing, refused].map(uidOf).sort();
    // The last files go a moment after the last acknowledgement.
    const files = () =>
      readdirSync(join(folder, 'state', 'pods'))
        .map((name) => name.replace('.json', ''))
        .sort();
    await eventually(() => isDeepStrictEqual(files(), kept), {
      what: 'the state folder to hold the pods that are, and no others',
    });
    const inDocker = new Set((await containersOf([...wishes.everWished])).map(podUid));
    assert.deepEqual(
      [...inDocker].sort(),
      kept.filter((uid) => uid !== uidOf(refused)),
    );
    const [attempt] = starts.filter(({ uid }) => uid === uidOf(crashing)).slice(-1);
    assert.ok(attempt && attempt.container !== 'main/0', 'the crash loop went on');
  });
});

/** With all that happens once in a pod's life; its hook says in `hooks` that it runs. */
function steadyPod(hooks: string): Pod {
  const volumeMounts = [
    { name: 'hooks', mountPath: '/hooks' },
    { name: 'data', mountPath: '/data' },
  ];
  const postStart = { exec: { command: ['sh', '-c', 'echo postStart >> /hooks/$(hostname)'] } };
  const probe = { exec: { command: ['true'] }, periodSeconds: 1, timeoutSeconds: 10 };
  const pod = scriptPod(
    { main: SERVE, side: SERVE },
    {
      volumes: [
        { name: 'data', emptyDir: {} },
        { name: 'hooks', hostPath: { path: hooks, type: 'DirectoryOrCreate' } },
      ],
      initContainers: [
        scriptContainer('init', 'sleep 0.3'),
        sidecar('proxy', SERVE, { startupProbe: probe }),
      ],
      containers: [
        { name: 'main', volumeMounts, lifecycle: { postStart }, readinessProbe: probe, livenessProbe: probe },
      ],
    },
  );
  return resized(pod, 64);
}

function doomedPod(main: string): Pod {
  const preStop = { exec: { command: ['sleep', '0.3'] } };
  const spec = { terminationGracePeriodSeconds: 1, initContainers: [sidecar('proxy', SERVE)] };
  return scriptPod({ main }, { ...spec, containers: [{ name: 'main', lifecycle: { preStop } }] });
}

function resized(pod: Pod, mebibytes: number): Pod {
  const limits = { memory: `${mebibytes}Mi` };
  const containers = pod.spec.containers.map((container) =>
    container.name === 'main' ? { ...container, resources: { limits } } : container,
  );
  return { ...pod, spec: { ...pod.spec, containers } };
}

function memoryOf(pod: Pod | undefined): number {
  const limit = pod?.spec.containers.find(({ name }) => name === 'main')?.resources?.limits?.['memory'];
  return Number.parseInt(limit ?? '', 10) * 2 ** 20;
}

function isMain({ Labels, State }: Docker.ContainerInfo): boolean {
  return Labels['io.kubernetes.container.name'] === 'main' && State === 'running';
}

interface Start {
  readonly uid: string;
  /** `main/0` */
  readonly container: string;
  readonly atMs: number;
}

/** Docker's own record of every start of a pod's container from now on. */
async function watchStarts(starts: Start[], signal: AbortSignal): Promise<void> {
  const filters = { type: ['container'], event: ['start'], label: ['io.kubernetes.pod.uid'] };
  const events = await docker.getEvents({ filters: JSON.stringify(filters), abortSignal: signal });
  events.on('error', () => undefined);
  const read = async () => {
    for await (const event of jsonLines(events as unknown as AsyncIterable<Uint8Array>)) {
      const { Actor, timeNano } = event as {
        Actor: { Attributes: Record<string, string> };
        timeNano: number;
      };
      const label = (name: string) => Actor.Attributes[`io.kubernetes.${name}`] ?? '';
      const container = `${label('container.name')}/${label('container.restartCount')}`;
      starts.push({ uid: label('pod.uid'), container, atMs: timeNano / 1e6 });
    }
  };
  void read().catch(() => undefined);
}

async function containersOf(uids: readonly string[]): Promise<Docker.ContainerInfo[]> {
  const all = await docker.listContainers({ all: true, filters: { label: ['io.kubernetes.pod.uid'] } });
  return all.filter((container) => uids.includes(podUid(container)));
}

function podUid({ Labels }: Docker.ContainerInfo): string {
  return Labels['io.kubernetes.pod.uid'] ?? '';
}

function uidOf({ metadata }: Pod): string {
  return metadata.uid;
}

async function kill(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}
