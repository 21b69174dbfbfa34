import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EngineError } from '../../../../agent/runtime/engine.ts';
import type { FakeMachine } from '../../../kit/fake-machine.ts';
import { onFakeMachine } from '../../../kit/on-fake-machine.ts';
import { SERVE, scriptPod } from '../../../kit/pod-machine.ts';

const SECOND = 1000;

describe('a pod on the modelled engine', () => {
  let machine: FakeMachine;
  const { apply, remove } = onFakeMachine((fresh) => {
    machine = fresh;
  });

  it('starts its containers in the order of the spec, each in the sandbox', async () => {
    const uid = await apply(scriptPod({ web: SERVE, log: SERVE }));
    assert.deepEqual(machine.engine.journal, [
      'create POD/0',
      'start POD/0',
      'create web/0',
      'start web/0',
      'create log/0',
      'start log/0',
    ]);
    const status = machine.status(uid);
    assert.equal(status?.phase, 'Running');
    assert.equal(status?.podIP, '10.0.0.1');
    assert.deepEqual(
      status?.containerStatuses?.map(({ name, ready }) => [name, ready]),
      [
        ['log', true],
        ['web', true],
      ],
    );
  });

  it('is on the disk before anything happens in Docker', async () => {
    const pod = scriptPod({ main: SERVE });
    const applied = machine.manager.apply(pod);
    assert.deepEqual(machine.engine.journal, []);
    await applied;
    assert.equal(machine.records.get(pod.metadata.uid)?.uid, pod.metadata.uid);
  });

  it('restarts at once, then after 10, 20, 40 … 300 s from each end', async () => {
    const uid = await apply(scriptPod({ main: 'exit 1' }));
    const starts = () => machine.engine.journal.filter((line) => line.startsWith('start main')).length;
    assert.equal(starts(), 2);
    let expected = 2;
    for (const seconds of [10, 20, 40, 80, 160, 300, 300]) {
      const { state, lastState, restartCount } = machine.container(uid) ?? {};
      assert.equal(state?.waiting?.reason, 'CrashLoopBackOff');
      assert.match(
        state?.waiting?.message ?? '',
        /^back-off (\d+m)?\d+s restarting failed container=main pod=/,
      );
      assert.equal(lastState?.terminated?.exitCode, 1);
      assert.equal(restartCount, expected - 1);
      assert.equal(machine.status(uid)?.phase, 'Running');
      await machine.settle((seconds - 1) * SECOND);
      assert.equal(starts(), expected, `before ${seconds} s`);
      await machine.settle(SECOND);
      expected += 1;
      assert.equal(starts(), expected, `after ${seconds} s`);
    }
  });

  it('does not start anew what ended under Never when its image changes', async () => {
    const pod = scriptPod({ main: SERVE, once: 'exit 0' }, { restartPolicy: 'Never' });
    await apply(pod);
    const containers = pod.spec.containers.map((container) =>
      container.name === 'once' ? { ...container, image: 'new:2' } : container,
    );
    await apply({ ...pod, spec: { ...pod.spec, containers } });
    await machine.settle(60 * SECOND);
    assert.ok(!machine.engine.journal.includes('create once/1'), machine.engine.journal.join());
  });

  it('writes nothing when it hears again what it knows', async () => {
    const pod = scriptPod({ main: SERVE });
    const uid = await apply(pod);
    const known = machine.records.get(uid);
    await apply(structuredClone(pod));
    assert.equal(machine.records.get(uid), known);
  });

  it('is not said to be gone while what is left of it is still being cleared away', async () => {
    const uid = await apply(scriptPod({ main: SERVE }));
    await machine.stopAgent();
    machine.records.delete(uid);
    await machine.startAgent();
    machine.engine.failNext('remove', new EngineError('refused', 'device or resource busy'));
    await machine.manager.retain(new Set());
    await machine.manager.remove(uid, 1);
    await machine.settle();
    assert.ok(machine.engine.all().length > 0);
    assert.equal(machine.gone.length, 0);
    await machine.settle(5 * SECOND);
    assert.deepEqual(machine.engine.all(), []);
    assert.deepEqual(
      machine.gone.map((gone) => gone.uid),
      [uid],
    );
  });

  it('keeps its place in the backoff when the agent restarts', async () => {
    await apply(scriptPod({ main: 'exit 1' }));
    await machine.settle(10 * SECOND);
    await machine.stopAgent();
    await machine.settle(15 * SECOND);
    await machine.startAgent();
    await machine.settle();
    assert.ok(!machine.engine.journal.includes('start main/3'));
    await machine.settle(5 * SECOND);
    assert.ok(machine.engine.journal.includes('start main/3'));
  });

  it('forgets the backoff after ten good minutes', async () => {
    await apply(scriptPod({ main: SERVE }));
    machine.engine.exit('main', 1);
    await machine.settle();
    await machine.settle(601 * SECOND);
    machine.engine.exit('main', 1);
    await machine.settle();
    assert.deepEqual(machine.engine.running(), ['POD/0', 'main/2']);
  });

  it('keeps the last two attempts of a container and no more', async () => {
    await apply(scriptPod({ main: 'exit 1' }));
    await machine.settle(100 * SECOND);
    assert.deepEqual(machine.engine.all(), ['POD/0', 'main/3', 'main/4']);
  });

  for (const { policy, script, phase } of [
    { policy: 'Never', script: 'exit 0', phase: 'Succeeded' },
    { policy: 'Never', script: 'exit 3', phase: 'Failed' },
    { policy: 'OnFailure', script: 'exit 0', phase: 'Succeeded' },
    { policy: 'OnFailure', script: 'exit 3', phase: 'Running' },
    { policy: 'Always', script: 'exit 0', phase: 'Running' },
  ]) {
    it(`with restartPolicy ${policy} is ${phase} after ${script}`, async () => {
      const uid = await apply(scriptPod({ main: script }, { restartPolicy: policy }));
      assert.equal(machine.status(uid)?.phase, phase);
      if (phase === 'Running') return;
      await machine.settle(3600 * SECOND);
      assert.deepEqual(machine.engine.running(), []);
      assert.deepEqual(machine.engine.all(), ['POD/0', 'main/0'], 'its logs stay');
    });
  }

  it('gets a new sandbox and new containers when its sandbox dies', async () => {
    const uid = await apply(scriptPod({ main: SERVE }));
    machine.engine.exit('POD', 137);
    await machine.settle();
    assert.deepEqual(machine.engine.running(), ['POD/1', 'main/1']);
    assert.deepEqual(machine.messages('SandboxChanged').length, 1);
    assert.equal(machine.container(uid)?.restartCount, 1);
    assert.deepEqual(machine.status(uid)?.podIPs, [{ ip: '10.0.0.3' }]);
  });

  it('does not run again in a new sandbox when it may not restart', async () => {
    const uid = await apply(scriptPod({ main: SERVE }, { restartPolicy: 'Never' }));
    machine.engine.exit('POD', 137);
    await machine.settle();
    assert.equal(machine.status(uid)?.phase, 'Succeeded');
    assert.deepEqual(machine.engine.running(), []);
  });

  it('replaces a container whose image changed, whatever the restart policy', async () => {
    const pod = scriptPod({ main: SERVE, other: SERVE }, { restartPolicy: 'Never' });
    const uid = await apply(pod);
    const containers = pod.spec.containers.map((container) =>
      container.name === 'main' ? { ...container, image: 'new:2' } : container,
    );
    await apply({ ...pod, spec: { ...pod.spec, containers } });
    assert.deepEqual(machine.engine.running(), ['POD/0', 'main/1', 'other/0']);
    assert.deepEqual(machine.messages('Killing'), ['Container main definition changed, will be restarted']);
    assert.equal(machine.container(uid)?.restartCount, 1);
  });

  it('shows a pull that failed, backs off, and heals', async () => {
    machine.imageFailures.push({ reason: 'ErrImagePull', message: 'no such host' });
    const uid = await apply(scriptPod({ main: SERVE, other: SERVE }));
    assert.deepEqual(machine.container(uid)?.state?.waiting, {
      reason: 'ErrImagePull',
      message: 'no such host',
    });
    assert.ok(machine.container(uid, 'other')?.ready, 'the other container does not wait for it');
    await machine.settle(9 * SECOND);
    assert.equal(machine.container(uid)?.state?.waiting?.reason, 'ImagePullBackOff');
    assert.equal(machine.status(uid)?.phase, 'Pending');
    await machine.settle(SECOND);
    assert.equal(machine.status(uid)?.phase, 'Running');
    assert.deepEqual(machine.messages('BackOff'), ['Back-off pulling image "longshore.test/busybox:1"']);
  });

  it('is not run half-right: a field that is not supported is named', async () => {
    const pod = scriptPod({ main: SERVE });
    const uid = await apply({ ...pod, spec: { ...pod.spec, hostUsers: false } });
    await machine.settle(3600 * SECOND);
    assert.deepEqual(machine.engine.all(), []);
    const message =
      'spec.hostUsers is not supported by Longshore: Docker maps users for all containers of a machine alike, not for one pod';
    assert.deepEqual(machine.container(uid)?.state?.waiting, {
      reason: 'CreateContainerConfigError',
      message,
    });
    assert.deepEqual(machine.messages('Failed'), [`Error: ${message}`]);
  });

  it('survives restarts of the agent: nothing restarts, nothing is told anew', async () => {
    const uid = await apply(scriptPod({ main: SERVE }));
    const journal = [...machine.engine.journal];
    const told = machine.statuses.get(uid)?.length;
    await machine.stopAgent();
    await machine.startAgent();
    await machine.settle(120 * SECOND);
    assert.deepEqual(machine.engine.journal, journal);
    assert.equal(machine.statuses.get(uid)?.length, told);
    assert.deepEqual(machine.manager.reports(), [{ uid, status: machine.status(uid) }]);
  });

  it('that ended while the agent was away has ended', async () => {
    const uid = await apply(scriptPod({ main: SERVE }, { restartPolicy: 'Never' }));
    await machine.stopAgent();
    machine.engine.exit('main', 4);
    await machine.startAgent();
    await machine.settle();
    assert.equal(machine.status(uid)?.phase, 'Failed');
    assert.equal(machine.container(uid)?.state?.terminated?.exitCode, 4);
  });

  for (const { how, exitCode } of [
    { how: 'by what killed a process of it', exitCode: 137 },
    { how: 'well, after a process of it was killed', exitCode: 0 },
  ]) {
    it(`that ran out of memory and then ended ${how} says so, whatever restarted in between`, async () => {
      const uid = await apply(scriptPod({ main: SERVE, other: SERVE }, { restartPolicy: 'Never' }));
      machine.engine.runOutOfMemory('main/0');
      await machine.settle();
      assert.ok(machine.container(uid)?.state?.running);
      await machine.stopAgent();
      await machine.startAgent();
      machine.engine.exit('main', exitCode);
      machine.engine.exit('other', 137);
      await machine.settle();
      const end = (name: string) => machine.container(uid, name)?.state?.terminated;
      assert.deepEqual([end('main')?.reason, end('main')?.exitCode], ['OOMKilled', exitCode]);
      assert.equal(end('other')?.reason, 'Error', 'an exit code proves nothing');
    });
  }

  it('that ran out of memory while the agent was away says so of its end', async () => {
    const uid = await apply(scriptPod({ main: SERVE, other: SERVE }, { restartPolicy: 'Never' }));
    await machine.settle(20 * SECOND);
    await machine.stopAgent();
    machine.engine.runOutOfMemory('main/0');
    await machine.settle(20 * SECOND);
    await machine.startAgent();
    machine.engine.exit('main', 137);
    machine.engine.exit('other', 137);
    await machine.settle();
    const reason = (name: string) => machine.container(uid, name)?.state?.terminated?.reason;
    assert.deepEqual([reason('main'), reason('other')], ['OOMKilled', 'Error']);
  });

  it('that is told late that it ran out of memory says so of its last end', async () => {
    const uid = await apply(scriptPod({ main: SERVE }));
    machine.engine.exit('main', 137);
    await machine.settle();
    machine.engine.runOutOfMemory('main/0');
    await machine.settle();
    assert.equal(machine.container(uid)?.lastState?.terminated?.reason, 'OOMKilled');
  });

  for (const { name, policy, words, program = 'exit 3', message } of [
    { name: 'what its container wrote', words: 'out of paper', message: 'out of paper' },
    { name: 'nothing when it wrote nothing', message: undefined },
    { name: 'the end of its log where it asks for that', policy: 'FallbackToLogsOnError', message: 2048 },
    {
      name: 'what it wrote before its log',
      policy: 'FallbackToLogsOnError',
      words: 'out of paper',
      message: 'out of paper',
    },
    {
      name: 'nothing of the log of a success',
      policy: 'FallbackToLogsOnError',
      program: 'exit 0',
      message: undefined,
    },
    {
      name: 'the engine\u2019s own error alone when it could not start',
      policy: 'FallbackToLogsOnError',
      program: 'no-such-program',
      message: 'no-such-program: no such file',
    },
  ]) {
    it(`that ended shows ${name}`, async () => {
      machine.log = 'x'.repeat(3000);
      if (words) machine.lastWords.set('main', words);
      const main = { name: 'main', ...(policy ? { terminationMessagePolicy: policy } : {}) };
      const uid = await apply(scriptPod({ main: program }, { restartPolicy: 'Never', containers: [main] }));
      const shown = machine.container(uid)?.state?.terminated?.message;
      assert.equal(typeof message === 'number' ? shown?.length : shown, message);
    });
  }

  it('of many containers has 12 KiB for the last words of all, each its share', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    for (const name of names) machine.lastWords.set(name, 'x'.repeat(4096));
    const scripts = Object.fromEntries(names.map((name) => [name, 'exit 1']));
    const uid = await apply(scriptPod(scripts, { restartPolicy: 'Never' }));
    for (const name of names)
      assert.equal(machine.container(uid, name)?.state?.terminated?.message?.length, 2048);
  });

  it('whose container vanished counts it as lost', async () => {
    const uid = await apply(scriptPod({ main: SERVE }, { restartPolicy: 'Never' }));
    machine.engine.vanish('main');
    await machine.settle();
    const { exitCode, reason } = machine.container(uid)?.state?.terminated ?? {};
    assert.deepEqual({ exitCode, reason }, { exitCode: 137, reason: 'ContainerStatusUnknown' });
    assert.equal(machine.status(uid)?.phase, 'Failed');
  });

  it('that the API says has ended never starts', async () => {
    const pod = scriptPod({ main: SERVE });
    await apply({ ...pod, status: { phase: 'Failed', reason: 'Evicted' } });
    await machine.settle(600 * SECOND);
    assert.deepEqual(machine.engine.journal, []);
    await remove(pod, 1);
    assert.deepEqual(
      machine.gone.map(({ status }) => [status?.phase, status?.reason]),
      [['Failed', 'Evicted']],
    );
  });
});
