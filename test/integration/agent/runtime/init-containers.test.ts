import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ensureBusyboxImage } from '../../../kit/busybox-image.ts';
import { eventually } from '../../../kit/eventually.ts';
import { runInContainer } from '../../../kit/in-container.ts';
import { PodMachine, SERVE, scriptContainer, scriptPod, sidecar } from '../../../kit/pod-machine.ts';

/** Ends when the file is there, in the process that all of the pod see. */
const UNTIL = (file: string) => `until [ -e ${file} ]; do sleep 0.1; done`;

describe('init containers and sidecars in Docker', () => {
  let machine: PodMachine;
  before(async () => {
    await ensureBusyboxImage();
    machine = await PodMachine.create();
  });
  after(() => machine[Symbol.asyncDispose]());

  const phase = (uid: string, wanted: string) =>
    eventually(() => machine.status(uid)?.phase === wanted, { what: `phase ${wanted}` });
  /** Docker's own account, by container name: when it started and ended. */
  const times = async (uid: string) => {
    const label = [`io.kubernetes.pod.uid=${uid}`];
    const found = await machine.docker.prompt.listContainers({ all: true, filters: { label } });
    const all = await Promise.all(found.map(({ Id }) => machine.docker.prompt.getContainer(Id).inspect()));
    return Object.fromEntries(
      all.map(({ Config, State }) => [
        Config.Labels['io.kubernetes.container.name'] ?? '',
        { started: State.StartedAt, finished: State.FinishedAt },
      ]),
    );
  };
  const inOrder = (...moments: (string | undefined)[]) => assert.deepEqual(moments, [...moments].sort());

  it('run in their order, sidecars beside them, and end last first', async () => {
    const initContainers = [
      scriptContainer('one', 'sleep 0.3'),
      sidecar('early', SERVE),
      scriptContainer('two', 'sleep 0.3'),
      sidecar('late', SERVE),
    ];
    const pod = scriptPod({ main: 'sleep 1' }, { restartPolicy: 'Never', initContainers });
    const { uid } = pod.metadata;
    await machine.manager.apply(pod);
    await phase(uid, 'Succeeded');
    const { one, early, two, late, main } = await times(uid);
    inOrder(one?.started, one?.finished, early?.started, two?.started);
    inOrder(two?.finished, late?.started, main?.started, main?.finished, late?.finished, early?.finished);
    const exits = machine.status(uid)?.initContainerStatuses?.map(({ state }) => state?.terminated?.exitCode);
    assert.deepEqual(exits, [0, 0, 0, 0]);
  });

  it('of a deleted pod end after the regular containers, the last sidecar first', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'longshore-order-'));
    const volumeMounts = [{ name: 'order', mountPath: '/order' }];
    /** It takes its time to end: whoever does not wait for it comes before it. */
    const leaving = (name: string) =>
      `trap "sleep 0.5; echo ${name} >> /order/ended; exit 0" TERM; touch /order/${name}; while :; do sleep 0.1; done`;
    const pod = scriptPod(
      { main: leaving('main'), other: leaving('other') },
      {
        terminationGracePeriodSeconds: 20,
        volumes: [{ name: 'order', hostPath: { path: folder } }],
        initContainers: ['early', 'late'].map((name) => sidecar(name, leaving(name), { volumeMounts })),
        containers: ['main', 'other'].map((name) => ({ name, volumeMounts })),
      },
    );
    const { uid } = pod.metadata;
    await machine.manager.apply(pod);
    const up = ['early', 'late', 'main', 'other'].map((name) => join(folder, name));
    await eventually(() => up.every(existsSync), { what: 'all of them at work' });
    await machine.manager.remove(uid, 20);
    await eventually(() => machine.gone.some((gone) => gone.uid === uid), { what: 'the end of the pod' });
    const ended = (await readFile(join(folder, 'ended'), 'utf8')).trim().split('\n');
    await rm(folder, { recursive: true });
    assert.deepEqual([ended.slice(0, 2).sort(), ...ended.slice(2)], [['main', 'other'], 'late', 'early']);
  });

  it('see their pod: sidecars answer on localhost while an init container works', async () => {
    const initContainers = [
      sidecar('server', 'while :; do echo hello | nc -l -p 8080; done'),
      scriptContainer('client', 'until nc 127.0.0.1 8080 </dev/null | grep hello; do sleep 0.2; done'),
    ];
    const pod = scriptPod({ main: SERVE }, { initContainers });
    const { uid } = pod.metadata;
    await machine.manager.apply(pod);
    await phase(uid, 'Running');
    assert.match(await machine.output(uid, 'client'), /hello/);
  });

  it('are neither run again nor restarted by a restarted agent', async () => {
    const initContainers = [
      scriptContainer('one', 'true'),
      sidecar('side', SERVE),
      scriptContainer('two', UNTIL('/go')),
    ];
    const pod = scriptPod({ main: SERVE }, { initContainers });
    const { uid } = pod.metadata;
    await machine.manager.apply(pod);
    await eventually(() => machine.container(uid, 'two')?.state?.running, { what: 'two to run' });
    await machine.stopAgent();
    await machine.startAgent();
    await runInContainer({ status: machine.status(uid) }, 'two', ['touch', '/go']);
    await phase(uid, 'Running');
    const { initContainerStatuses = [] } = machine.status(uid) ?? {};
    assert.deepEqual(
      initContainerStatuses.map(({ restartCount, ready }) => [restartCount, ready]),
      [
        [0, true],
        [0, true],
        [0, true],
      ],
    );
  });

  it('go by their own restart policy and its rules before the pod’s', async () => {
    const rule = { action: 'Restart', exitCodes: { operator: 'In', values: [42] } };
    const more = { restartPolicy: 'Never', restartPolicyRules: [rule] };
    const other = { action: 'Restart', exitCodes: { operator: 'NotIn', values: [42] } };
    const containers = [
      { name: 'again', ...more },
      { name: 'once', ...more },
      { name: 'other', ...more, restartPolicyRules: [other] },
      { name: 'good', restartPolicy: 'OnFailure' },
    ];
    const scripts = { again: 'exit 42', once: 'exit 41', other: 'exit 41', good: 'exit 0' };
    const pod = scriptPod(scripts, { containers });
    const { uid } = pod.metadata;
    await machine.manager.apply(pod);
    await eventually(() => (machine.container(uid, 'again')?.restartCount ?? 0) > 0, { what: 'a restart' });
    const end = (name: string) =>
      eventually(() => machine.container(uid, name)?.state?.terminated, { what: `the end of ${name}` });
    assert.deepEqual([(await end('once')).exitCode, (await end('good')).exitCode], [41, 0]);
    const isBackingOff = (name: string) =>
      machine.container(uid, name)?.state?.waiting?.reason === 'CrashLoopBackOff';
    for (const name of ['again', 'other'])
      await eventually(() => isBackingOff(name), { what: `back-off of ${name}` });
    const restarts = (name: string) => machine.container(uid, name)?.restartCount;
    assert.deepEqual(Object.keys(scripts).map(restarts), [1, 0, 1, 0]);
  });

  it('start anew all together where a rule of one says so, in the same sandbox', async () => {
    const rule = { action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [42] } };
    const once = 'test -e /data/once && exec sleep 3600; touch /data/once; sleep 1; exit 42';
    const volumeMounts = [{ name: 'data', mountPath: '/data' }];
    const pod = scriptPod(
      { trigger: once, other: SERVE },
      {
        restartPolicy: 'Never',
        volumes: [{ name: 'data', emptyDir: {} }],
        initContainers: [scriptContainer('init', 'exit 0')],
        containers: [{ name: 'trigger', volumeMounts, restartPolicy: 'Never', restartPolicyRules: [rule] }],
      },
    );
    const { uid } = pod.metadata;
    await machine.manager.apply(pod);
    const [first] = await eventually(() => machine.status(uid)?.podIPs);
    await eventually(
      () => machine.container(uid, 'other')?.restartCount === 1 && machine.container(uid, 'other')?.ready,
      {
        what: 'another start of all',
      },
    );
    const counts = ['init', 'trigger', 'other'].map((name) => machine.container(uid, name)?.restartCount);
    assert.deepEqual(counts, [1, 1, 1]);
    assert.equal(machine.container(uid, 'trigger')?.lastState?.terminated?.exitCode, 42);
    assert.deepEqual(machine.status(uid)?.podIPs?.[0], first);
    assert.ok(!machine.reasons(uid).includes('SandboxChanged'));
  });

  it('that are ephemeral run as they ask, and see the processes of the container they are to look at', async () => {
    const pod = scriptPod({ main: 'exec sleep 3600' });
    const { uid } = pod.metadata;
    await machine.manager.apply(pod);
    await phase(uid, 'Running');
    const debug = {
      ...scriptContainer('debug', 'ps; pwd; echo "$0"; echo -n gone > /var/words; exit 3'),
      args: ['asked'],
      workingDir: '/var/work',
      terminationMessagePath: '/var/words',
      targetContainerName: 'main',
    };
    const ephemeralContainers = [
      debug,
      {
        ...scriptContainer('logged', 'echo last words; exit 4'),
        terminationMessagePolicy: 'FallbackToLogsOnError',
      },
      { ...scriptContainer('never', ''), image: 'longshore.test/none:1', imagePullPolicy: 'Never' },
    ];
    await machine.manager.apply({ ...pod, spec: { ...pod.spec, ephemeralContainers } });
    const end = (name: string) =>
      eventually(() => machine.container(uid, name)?.state?.terminated, { what: `the end of ${name}` });
    const { exitCode, message } = await end('debug');
    assert.deepEqual([exitCode, message], [3, 'gone']);
    assert.match(await machine.output(uid, 'debug'), /sleep 3600(\n.*)*\n\/var\/work\nasked$/);
    assert.equal((await end('logged')).message, 'last words\n');
    await eventually(() => machine.container(uid, 'never')?.state?.waiting?.reason === 'ErrImageNeverPull', {
      what: 'the image that must be there, and is not',
    });
    assert.equal(machine.status(uid)?.phase, 'Running');
    assert.equal(
      machine.events.find(({ reason, fieldPath }) => reason === 'Started' && fieldPath?.includes('debug'))
        ?.fieldPath,
      'spec.ephemeralContainers{debug}',
    );
  });
});
