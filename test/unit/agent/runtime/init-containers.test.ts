import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FakeMachine } from '../../../kit/fake-machine.ts';
import { onFakeMachine } from '../../../kit/on-fake-machine.ts';
import { SERVE, STUBBORN, scriptContainer, scriptPod, sidecar } from '../../../kit/pod-machine.ts';

const SECOND = 1000;

describe('init containers and sidecars on the modelled engine', () => {
  let machine: FakeMachine;
  const { apply, remove } = onFakeMachine((fresh) => {
    machine = fresh;
  });
  const starts = () =>
    machine.engine.journal.filter((line) => line.startsWith('start ')).map((line) => line.slice(6));
  const condition = (uid: string, type: string) =>
    machine.status(uid)?.conditions?.find((candidate) => candidate.type === type);
  const reasons = (uid: string) => {
    const { initContainerStatuses = [], containerStatuses = [] } = machine.status(uid) ?? {};
    return [...initContainerStatuses, ...containerStatuses].map(({ name, state }) => {
      const { waiting, running, terminated } = state ?? {};
      return `${name}: ${waiting?.reason ?? terminated?.reason ?? (running ? 'running' : '')}`;
    });
  };

  it('run one after another, each to its end, before anything else', async () => {
    const initContainers = [scriptContainer('one', SERVE), scriptContainer('two', SERVE)];
    const uid = await apply(scriptPod({ main: SERVE }, { initContainers }));
    assert.deepEqual(reasons(uid), ['one: running', 'two: PodInitializing', 'main: PodInitializing']);
    assert.equal(machine.status(uid)?.phase, 'Pending');
    assert.deepEqual(
      { ...condition(uid, 'Initialized'), lastTransitionTime: undefined },
      {
        type: 'Initialized',
        status: 'False',
        reason: 'ContainersNotInitialized',
        message: 'containers with incomplete status: [one two]',
        lastTransitionTime: undefined,
      },
    );
    machine.engine.exit('one', 0);
    await machine.settle();
    assert.deepEqual(reasons(uid), ['one: Completed', 'two: running', 'main: PodInitializing']);
    assert.deepEqual(
      machine.status(uid)?.initContainerStatuses?.map(({ ready, started }) => [ready, started]),
      [
        [true, false],
        [false, false],
      ],
    );
    machine.engine.exit('two', 0);
    await machine.settle();
    assert.deepEqual(starts(), ['POD/0', 'one/0', 'two/0', 'main/0']);
    assert.equal(machine.status(uid)?.phase, 'Running');
    assert.equal(condition(uid, 'Initialized')?.status, 'True');
    assert.equal(condition(uid, 'Ready')?.status, 'True');
  });

  for (const policy of ['Always', 'OnFailure']) {
    it(`that fail are tried again with backoff under ${policy}`, async () => {
      const initContainers = [scriptContainer('one', 'exit 3')];
      const uid = await apply(scriptPod({ main: SERVE }, { restartPolicy: policy, initContainers }));
      assert.deepEqual(starts(), ['POD/0', 'one/0', 'one/1']);
      assert.deepEqual(reasons(uid), ['one: CrashLoopBackOff', 'main: PodInitializing']);
      assert.equal(machine.status(uid)?.phase, 'Pending');
      const one = machine.container(uid, 'one');
      assert.equal(one?.lastState?.terminated?.exitCode, 3);
      assert.equal(one?.restartCount, 1);
      await machine.settle(10 * SECOND);
      assert.deepEqual(starts().at(-1), 'one/2');
      assert.equal(
        machine.events.find(({ reason }) => reason === 'BackOff')?.fieldPath,
        'spec.initContainers{one}',
      );
    });
  }

  it('that fail under Never fail the pod, and end the sidecars before it', async () => {
    const initContainers = [
      sidecar('side', SERVE),
      scriptContainer('one', 'exit 3'),
      scriptContainer('two', 'exit 0'),
    ];
    const uid = await apply(scriptPod({ main: SERVE }, { restartPolicy: 'Never', initContainers }));
    assert.deepEqual(starts(), ['POD/0', 'side/0', 'one/0']);
    assert.equal(machine.status(uid)?.phase, 'Failed');
    assert.deepEqual(machine.engine.running(), []);
    const phases = machine.statuses.get(uid)?.map(({ phase }) => phase);
    assert.deepEqual([...new Set(phases)], ['Pending', 'Failed']);
    const ends = machine.status(uid)?.initContainerStatuses?.map(({ state }) => state?.terminated?.exitCode);
    assert.deepEqual(ends, [0, 3, undefined], 'what never started has no end');
    assert.equal(machine.container(uid)?.state?.waiting?.reason, 'PodInitializing');
    await machine.settle(3600 * SECOND);
    assert.equal(starts().length, 3);
  });

  it('by their own policy fail the pod, or are tried again by a rule', async () => {
    const once = scriptContainer('once', 'exit 3', { restartPolicy: 'Never' });
    const failed = await apply(scriptPod({ main: SERVE }, { initContainers: [once] }));
    assert.equal(machine.status(failed)?.phase, 'Failed');
    const restartPolicyRules = [{ action: 'Restart', exitCodes: { operator: 'In', values: [3] } }];
    const ruled = await apply(
      scriptPod(
        { main: SERVE },
        { restartPolicy: 'Never', initContainers: [{ ...once, restartPolicyRules }] },
      ),
    );
    assert.equal(machine.status(ruled)?.phase, 'Pending');
    assert.equal(machine.container(ruled, 'once')?.restartCount, 1);
  });

  it('run again in a new sandbox, and the pod is Pending until they have', async () => {
    const initContainers = [
      scriptContainer('one', 'exit 0'),
      sidecar('side', SERVE),
      scriptContainer('two', SERVE),
    ];
    const uid = await apply(scriptPod({ main: SERVE }, { initContainers }));
    machine.engine.exit('two', 0);
    await machine.settle();
    assert.equal(machine.status(uid)?.phase, 'Running');
    machine.engine.exit('POD', 137);
    await machine.settle();
    assert.deepEqual(machine.engine.running(), ['POD/1', 'side/1', 'two/1']);
    assert.equal(machine.status(uid)?.phase, 'Pending');
    assert.equal(condition(uid, 'Initialized')?.status, 'True', 'it once was');
    machine.engine.exit('two', 0);
    await machine.settle();
    assert.deepEqual(machine.engine.running(), ['POD/1', 'main/1', 'side/1']);
    assert.deepEqual(
      machine.status(uid)?.initContainerStatuses?.map(({ restartCount }) => restartCount),
      [1, 1, 1],
    );
  });

  it('do not run again because Docker has lost them, once a regular container was made', async () => {
    const initContainers = [scriptContainer('one', 'exit 0')];
    const uid = await apply(scriptPod({ main: SERVE }, { initContainers }));
    machine.engine.vanish('one');
    machine.engine.exit('main', 1);
    await machine.settle();
    assert.deepEqual(starts(), ['POD/0', 'one/0', 'main/0', 'main/1']);
    assert.equal(machine.container(uid, 'one')?.state?.terminated?.exitCode, 0);
    assert.equal(machine.container(uid, 'one')?.ready, true);
  });

  it('go on where they were after the agent died', async () => {
    const initContainers = [scriptContainer('one', 'exit 0'), scriptContainer('two', SERVE)];
    const uid = await apply(scriptPod({ main: SERVE }, { initContainers }));
    await machine.crashAndStart();
    await machine.settle();
    assert.deepEqual(starts(), ['POD/0', 'one/0', 'two/0']);
    machine.engine.exit('two', 0);
    await machine.settle();
    await machine.crashAndStart();
    await machine.settle();
    assert.deepEqual(starts(), ['POD/0', 'one/0', 'two/0', 'main/0']);
    assert.equal(machine.status(uid)?.phase, 'Running');
  });

  it('whose image never comes keep a deleted pod no longer: it has failed and is gone', async () => {
    machine.pullsHang = true;
    const pod = scriptPod({ main: SERVE }, { initContainers: [scriptContainer('one', SERVE)] });
    const uid = await apply(pod);
    assert.equal(machine.status(uid)?.phase, 'Pending');
    await remove(pod, 30);
    assert.deepEqual(
      machine.gone.map(({ status }) => status?.phase),
      ['Failed'],
    );
    assert.deepEqual(machine.engine.all(), []);
  });

  it('that stay let the next start once they run, and are always restarted', async () => {
    const initContainers = [sidecar('side', SERVE), scriptContainer('one', SERVE)];
    const uid = await apply(scriptPod({ main: SERVE }, { restartPolicy: 'OnFailure', initContainers }));
    assert.deepEqual(starts(), ['POD/0', 'side/0', 'one/0']);
    machine.engine.exit('side', 0);
    await machine.settle();
    assert.deepEqual(machine.engine.running(), ['POD/0', 'one/0', 'side/1'], 'while others initialize');
    machine.engine.exit('one', 0);
    await machine.settle();
    machine.engine.exit('side', 1);
    await machine.settle(9 * SECOND);
    assert.deepEqual(machine.engine.running(), ['POD/0', 'main/0'], 'with backoff');
    assert.deepEqual(reasons(uid), ['side: CrashLoopBackOff', 'one: Completed', 'main: running']);
    assert.equal(machine.status(uid)?.phase, 'Running');
    assert.equal(condition(uid, 'Ready')?.message, 'containers with unready status: [side]');
    await machine.settle(SECOND);
    assert.deepEqual(machine.engine.running(), ['POD/0', 'main/0', 'side/2']);
    assert.equal(condition(uid, 'Ready')?.status, 'True');
  });

  it('that stay keep no pod alive: they end, last first, when the rest has ended for good', async () => {
    const initContainers = [sidecar('first', SERVE), sidecar('second', SERVE)];
    const uid = await apply(scriptPod({ main: SERVE }, { restartPolicy: 'Never', initContainers }));
    machine.engine.exit('main', 0);
    await machine.settle();
    assert.deepEqual(
      machine.engine.journal.filter((line) => line.startsWith('SIG')),
      ['SIGTERM second/0', 'SIGTERM first/0', 'SIGKILL POD/0'],
    );
    assert.equal(machine.status(uid)?.phase, 'Succeeded');
    const ended = machine.statuses.get(uid)?.findIndex(({ phase }) => phase === 'Succeeded') ?? -1;
    const running = machine.statuses
      .get(uid)
      ?.slice(0, ended)
      .map(({ phase }) => phase);
    assert.equal(running?.at(-1), 'Running', 'until they have ended');
    await machine.settle(3600 * SECOND);
    assert.deepEqual(machine.engine.running(), []);
  });

  it('that stay are stopped after the regular containers, in reverse', async () => {
    const initContainers = [sidecar('first', SERVE), sidecar('second', SERVE)];
    const pod = scriptPod({ main: STUBBORN, other: SERVE }, { initContainers });
    await apply(pod);
    await remove(pod, 30);
    assert.deepEqual(machine.engine.running(), ['POD/0', 'first/0', 'main/0', 'second/0']);
    await machine.settle(29 * SECOND);
    machine.engine.exit('main', 0);
    await machine.settle();
    assert.deepEqual(
      machine.engine.journal.filter((line) => line.startsWith('SIG')),
      ['SIGTERM main/0', 'SIGTERM other/0', 'SIGTERM second/0', 'SIGTERM first/0', 'SIGKILL POD/0'],
    );
    assert.equal(machine.gone[0]?.status?.phase, 'Succeeded', 'by the regular containers alone');
  });

  it('whose turn to stop does not come within the grace are ended with the others', async () => {
    const initContainers = [sidecar('first', STUBBORN), sidecar('second', SERVE)];
    const pod = scriptPod({ main: STUBBORN }, { initContainers });
    await apply(pod);
    await remove(pod, 10);
    await machine.settle(10 * SECOND);
    assert.deepEqual(machine.engine.running(), ['POD/0', 'first/0']);
    await machine.settle(2 * SECOND);
    assert.equal(machine.gone.length, 1);
  });

  it('that stay are replaced when their image changes', async () => {
    const pod = scriptPod({ main: SERVE }, { initContainers: [sidecar('side', SERVE)] });
    await apply(pod);
    const initContainers = [sidecar('side', SERVE, { image: 'new:2' })];
    await apply({ ...pod, spec: { ...pod.spec, initContainers } });
    assert.deepEqual(machine.engine.running(), ['POD/0', 'main/0', 'side/1']);
  });

  it('that are ephemeral start at any time, once, and count for nothing', async () => {
    const pod = scriptPod({ main: SERVE }, { initContainers: [scriptContainer('one', SERVE)] });
    const uid = await apply(pod);
    const ephemeralContainers = [{ ...scriptContainer('debug', SERVE), targetContainerName: 'one' }];
    await apply({ ...pod, spec: { ...pod.spec, ephemeralContainers } });
    assert.deepEqual(machine.engine.running(), ['POD/0', 'debug/0', 'one/0']);
    assert.equal(machine.status(uid)?.ephemeralContainerStatuses?.[0]?.name, 'debug');
    machine.engine.exit('debug', 1);
    machine.engine.exit('one', 0);
    await machine.settle(3600 * SECOND);
    assert.deepEqual(machine.engine.running(), ['POD/0', 'main/0']);
    assert.equal(machine.container(uid, 'debug')?.state?.terminated?.exitCode, 1);
    assert.equal(machine.status(uid)?.phase, 'Running');
    assert.equal(condition(uid, 'Ready')?.status, 'True');
  });

  it('that are ephemeral do not keep the pod from its end', async () => {
    const ephemeralContainers = [scriptContainer('debug', SERVE)];
    const uid = await apply(scriptPod({ main: SERVE }, { restartPolicy: 'Never', ephemeralContainers }));
    machine.engine.exit('main', 0);
    await machine.settle();
    assert.equal(machine.status(uid)?.phase, 'Succeeded');
    assert.deepEqual(machine.engine.running(), []);
  });

  it('that are ephemeral wait for the container whose processes they are to see', async () => {
    const pod = scriptPod({ main: 'exit 1' }, {});
    const ephemeralContainers = [{ ...scriptContainer('debug', SERVE), targetContainerName: 'main' }];
    const uid = await apply({ ...pod, spec: { ...pod.spec, ephemeralContainers } });
    assert.deepEqual(machine.container(uid, 'debug')?.state?.waiting, {
      reason: 'CreateContainerConfigError',
      message: 'unable to find target container "main"',
    });
  });
});
