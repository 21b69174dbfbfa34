import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EngineError } from '../../../../agent/runtime/engine.ts';
import type { Pod } from '../../../../common/pod.ts';
import { FakeMachine } from '../../../kit/fake-machine.ts';
import { onFakeMachine } from '../../../kit/on-fake-machine.ts';
import { SERVE, scriptContainer, scriptPod } from '../../../kit/pod-machine.ts';
import { configMap, found } from '../../../kit/pod-objects.ts';

/** How long Docker takes for each start. */
const START_MS = 300;
const SECOND = 1000;

const slowStarts = (operation: 'start' | undefined) => (operation === 'start' ? START_MS : 0);

/** Until the function it returns is called. */
function refuseStarts({ engine }: FakeMachine): () => void {
  const start = engine.start.bind(engine);
  engine.start = () => Promise.reject(new EngineError('refused', 'port is already allocated'));
  return () => {
    engine.start = start;
  };
}

describe('a pod whose sandbox is being started', () => {
  let machine: FakeMachine;
  const { apply, remove } = onFakeMachine((fresh) => {
    machine = fresh;
    machine.latencyMs = slowStarts;
  });

  it('has its first container made meanwhile, which starts the moment the sandbox runs', async () => {
    await apply(scriptPod({ main: SERVE, other: SERVE }));
    assert.deepEqual(machine.engine.journal, ['create POD/0', 'create main/0']);
    await machine.settle(2 * START_MS);
    assert.deepEqual(machine.engine.journal.slice(2), ['start POD/0', 'start main/0', 'create other/0']);
    await machine.settle(START_MS);
    assert.deepEqual(machine.engine.running(), ['POD/0', 'main/0', 'other/0']);
  });

  it('is made while its volumes wait for the first word of their objects, and starts when they are there', async () => {
    const volumes = [{ name: 'paint', configMap: { name: 'paint' } }];
    const volumeMounts = [{ name: 'paint', mountPath: '/paint' }];
    const containers = [scriptContainer('main', SERVE, { volumeMounts })];
    await apply(scriptPod({ main: SERVE }, { volumes, containers }));
    await machine.settle(SECOND);
    assert.deepEqual(machine.engine.journal, ['create POD/0']);
    await machine.objects.put('configmaps/default/paint', found(configMap({ colour: 'green' })));
    await machine.settle();
    assert.deepEqual(machine.engine.journal, ['create POD/0', 'create main/0']);
    await machine.settle(2 * START_MS);
    assert.deepEqual(machine.engine.running(), ['POD/0', 'main/0']);
  });

  it('is told of once before it runs, and once when it does', async () => {
    const uid = await apply(scriptPod({ main: SERVE }));
    await machine.settle(2 * START_MS);
    const told = machine.statuses.get(uid)?.map(({ phase, podIP }) => [phase, podIP]);
    assert.deepEqual(told, [
      ['Pending', undefined],
      ['Running', '10.0.0.1'],
    ]);
    const reasons = machine.events.map(({ reason }) => reason);
    assert.deepEqual(reasons, ['Pulled', 'Created', 'Started']);
  });

  it('has its address in the hosts file of what was made before it had one', async () => {
    const uid = await apply(scriptPod({ main: SERVE }));
    const hosts = () => machine.nameFiles.get(uid)?.hosts ?? '';
    assert.doesNotMatch(hosts(), /pod-/);
    await machine.settle(2 * START_MS);
    assert.match(hosts(), /^10\.0\.0\.1\tpod-/m);
  });

  it('has none but the first of its init containers made', async () => {
    const initContainers = [scriptContainer('first', 'exit 0'), scriptContainer('second', 'exit 0')];
    await apply(scriptPod({ main: SERVE }, { initContainers }));
    assert.deepEqual(machine.engine.journal, ['create POD/0', 'create first/0']);
    await machine.settle(5 * START_MS);
    assert.deepEqual(machine.engine.running(), ['POD/0', 'main/0']);
  });

  for (const fieldPath of ['status.podIP', 'status.podIPs']) {
    it(`has nothing made that asks for its ${fieldPath} before that is known`, async () => {
      const env = [{ name: 'IP', valueFrom: { fieldRef: { fieldPath } } }];
      await apply(scriptPod({ main: SERVE }, { containers: [scriptContainer('main', SERVE, { env })] }));
      assert.deepEqual(machine.engine.journal, ['create POD/0']);
      await machine.settle(2 * START_MS);
      assert.deepEqual(machine.engine.journal.slice(1), ['start POD/0', 'create main/0', 'start main/0']);
      assert.ok(machine.engine.environment('main').includes('IP=10.0.0.1'));
    });
  }

  it('and that is deleted meanwhile never runs, and goes whole', async () => {
    const pod = scriptPod({ main: SERVE });
    await apply(pod);
    await remove(pod, 30);
    assert.equal(machine.gone.length, 0);
    await machine.settle(START_MS);
    assert.deepEqual(machine.engine.all(), []);
    assert.ok(!machine.engine.journal.includes('start main/0'));
    assert.equal(machine.gone[0]?.uid, pod.metadata.uid);
  });

  for (const [how, disturb] of [
    ['and its start is refused', () => machine.engine.failNext('start', new EngineError('refused', 'no'))],
    ['and Docker goes away', () => machine.engine.goDown()],
  ] as const) {
    it(`and that is deleted meanwhile, ${how}, goes whole as soon as it can`, async () => {
      const pod = scriptPod({ main: SERVE });
      await apply(pod);
      disturb();
      await remove(pod, 0);
      await machine.settle(5 * SECOND);
      machine.engine.comeUp();
      await machine.settle(60 * SECOND);
      assert.deepEqual(machine.engine.all(), []);
      assert.equal(machine.gone[0]?.uid, pod.metadata.uid);
      assert.ok(!machine.engine.journal.includes('start main/0'));
    });
  }

  it('has no ephemeral container made before it runs', async () => {
    const pod = scriptPod({ main: SERVE });
    await apply(pod);
    const ephemeralContainers = [scriptContainer('debug', SERVE)];
    await apply({ ...pod, spec: { ...pod.spec, ephemeralContainers } });
    assert.deepEqual(machine.engine.journal, ['create POD/0', 'create main/0']);
    await machine.settle(4 * START_MS);
    assert.deepEqual(machine.engine.running(), ['POD/0', 'debug/0', 'main/0']);
  });

  it('has one made on the host’s network that asks for its address, which is known', async () => {
    const env = [{ name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }];
    const containers = [scriptContainer('main', SERVE, { env })];
    await apply(scriptPod({ main: SERVE }, { hostNetwork: true, containers }));
    assert.deepEqual(machine.engine.journal, ['create POD/0', 'create main/0']);
    assert.ok(machine.engine.environment('main').includes('IP=192.0.2.1'));
    await machine.settle(2 * START_MS);
    assert.deepEqual(machine.engine.running(), ['POD/0', 'main/0']);
  });

  it('shows meanwhile that its image cannot be had', async () => {
    machine.imageFailures.push({ reason: 'ErrImagePull', message: 'no such tag' });
    const uid = await apply(scriptPod({ main: SERVE }));
    assert.deepEqual(machine.engine.journal, ['create POD/0']);
    assert.equal(machine.container(uid)?.state?.waiting?.reason, 'ErrImagePull');
    await machine.settle(START_MS);
  });

  it('keeps the events that nobody has heard, where the start takes long', async () => {
    machine.latencyMs = (operation) => (operation === 'start' ? 60 * SECOND : 0);
    machine.controllerHears = false;
    const uid = await apply(scriptPod({ main: SERVE }));
    await machine.settle(5 * SECOND);
    const kept = machine.records.get(uid)?.untold?.map(({ reason }) => reason);
    assert.deepEqual(kept, ['Pulled']);
    await machine.settle(120 * SECOND);
  });

  it('has no other made at once when it does not start and Docker is slow to take it away', async () => {
    const { engine } = machine;
    const removing = engine.remove.bind(engine);
    engine.remove = async (id) => {
      const sandbox = (await engine.inspect(id))?.identity.container === 'POD';
      await removing(id);
      if (sandbox) await machine.clock.sleep(SECOND);
    };
    engine.failNext('start', new EngineError('refused', 'no network'));
    await apply(scriptPod({ main: SERVE }));
    await machine.settle(5 * SECOND);
    const made = () => engine.journal.filter((line) => line === 'create POD/0').length;
    assert.equal(made(), 1);
    await machine.settle(10 * SECOND);
    assert.equal(made(), 2);
    assert.deepEqual(engine.running(), ['POD/0', 'main/0']);
  });

  it('takes what was made away when the sandbox does not start, and makes both anew', async () => {
    machine.engine.failNext('start', new EngineError('refused', 'no network'));
    const uid = await apply(scriptPod({ main: SERVE }));
    await machine.settle(START_MS);
    assert.deepEqual(machine.engine.all(), []);
    assert.equal(machine.messages('FailedCreatePodSandBox').length, 1);
    await machine.settle(12 * SECOND);
    assert.deepEqual(machine.engine.running(), ['POD/0', 'main/0']);
    assert.equal(machine.container(uid)?.restartCount, 0);
  });

  it('has it made when the sandbox runs where the engine refuses before, and nobody hears of that', async () => {
    const refusing = machine.engine.create.bind(machine.engine);
    machine.engine.create = (request) => {
      const early = request.identity.sandboxId !== '' && machine.engine.running().length === 0;
      return early ? Promise.reject(new EngineError('refused', 'no such network')) : refusing(request);
    };
    await apply(scriptPod({ main: SERVE }));
    await machine.settle(2 * START_MS);
    assert.deepEqual(machine.engine.running(), ['POD/0', 'main/0']);
    assert.deepEqual(machine.messages('Failed'), []);
  });

  it('has it made anew when it is to be another one by then', async () => {
    const pod = scriptPod({ main: SERVE });
    const uid = await apply(pod);
    const containers = pod.spec.containers.map((container) => ({ ...container, image: 'other:1' }));
    await apply({ ...pod, spec: { ...pod.spec, containers } });
    await machine.settle(3 * START_MS);
    assert.deepEqual(
      machine.engine.journal.filter((line) => line.endsWith('main/0')),
      ['create main/0', 'remove main/0', 'create main/0', 'start main/0'],
    );
    assert.equal(machine.container(uid)?.restartCount, 0);
    assert.equal(machine.container(uid)?.image, 'sha256:other:1:tag');
  });

  it('asks for its image once a minute, however often the sandbox cannot be started', async () => {
    machine.imagesAbsent = true;
    const heal = refuseStarts(machine);
    await apply(scriptPod({ main: SERVE }));
    await machine.settle(50 * SECOND);
    assert.ok(machine.messages('FailedCreatePodSandBox').length > 2);
    assert.equal(machine.pulls.length, 1);
    await machine.settle(10 * 60 * SECOND);
    assert.ok(machine.pulls.length > 5 && machine.pulls.length <= 11, String(machine.pulls.length));
    heal();
    await machine.settle(30 * SECOND);
    assert.deepEqual(machine.engine.running(), ['POD/0', 'main/0']);
  });

  for (const [when, createMs] of [
    ['has changed', 0],
    ['changes while it is made', 100],
  ] as const) {
    it(`has it made anew when what it is made of ${when}`, async () => {
      const { engine } = machine;
      const creating = engine.create.bind(engine);
      engine.create = async (request) => {
        const created = await creating(request);
        await machine.clock.sleep(createMs);
        return created;
      };
      const paint = (colour: string) =>
        machine.objects.put('configmaps/default/paint', found(configMap({ colour }), colour));
      const env = [{ name: 'COLOUR', valueFrom: { configMapKeyRef: { name: 'paint', key: 'colour' } } }];
      await paint('green');
      await apply(scriptPod({ main: SERVE }, { containers: [scriptContainer('main', SERVE, { env })] }));
      await machine.settle(1.5 * createMs);
      assert.ok(engine.environment('main').includes('COLOUR=green'));
      await paint('blue');
      await machine.settle(3 * START_MS);
      assert.ok(engine.environment('main').includes('COLOUR=blue'));
      assert.deepEqual(engine.running(), ['POD/0', 'main/0']);
    });
  }

  it('converges wherever the agent dies on the way', async () => {
    for (let operations = 0; operations < 60; operations++) {
      await using dying = await FakeMachine.create();
      dying.latencyMs = slowStarts;
      dying.crashAfter(operations);
      const pod = scriptPod({ main: SERVE }, { volumes: [{ name: 'data', emptyDir: {} }] });
      void dying.manager.apply(pod).catch(() => {});
      await dying.settle(2 * START_MS);
      const ended = dying.hasCrashed;
      await dying.crashAndStart();
      await dying.manager.apply(pod);
      await dying.settle(60 * SECOND);
      const what = `after ${operations} operations`;
      assert.deepEqual(dying.engine.violations, [], what);
      assert.deepEqual(dying.engine.running(), ['POD/0', 'main/0'], what);
      assert.equal(dying.container(pod.metadata.uid)?.restartCount, 0, what);
      if (!ended) return;
    }
    assert.fail('a pod takes more operations than were tried');
  });
});

describe('a running pod whose sandbox has died, and is being started anew', () => {
  let machine: FakeMachine;
  const { apply } = onFakeMachine((fresh) => {
    machine = fresh;
  });

  /** Its next container has been made. */
  async function dying(pod: Pod): Promise<string> {
    const uid = await apply(pod);
    machine.latencyMs = slowStarts;
    machine.engine.exit('POD', 137);
    await machine.settle(START_MS / 2);
    assert.ok(machine.engine.all().includes('main/1'));
    return uid;
  }

  function assertRestartedOnce(uid: string): void {
    assert.deepEqual(machine.engine.running(), ['POD/1', 'main/1']);
    const { restartCount, state, lastState } = machine.container(uid) ?? {};
    assert.equal(restartCount, 1);
    assert.ok(state?.running);
    assert.equal(lastState?.terminated?.reason, 'Completed');
  }

  it('has restarted once, though the sandbox could not be started for a minute', async () => {
    const uid = await apply(scriptPod({ main: SERVE }));
    machine.latencyMs = slowStarts;
    const heal = refuseStarts(machine);
    machine.engine.exit('POD', 137);
    await machine.settle(70 * SECOND);
    assert.ok(machine.messages('FailedCreatePodSandBox').length > 2);
    const { restartCount, state, lastState } = machine.container(uid) ?? {};
    assert.deepEqual([restartCount, state?.terminated?.reason, lastState], [0, 'Completed', {}]);
    heal();
    await machine.settle(30 * SECOND);
    assertRestartedOnce(uid);
  });

  it('has restarted once, though the agent died meanwhile', async () => {
    const pod = scriptPod({ main: SERVE });
    const uid = await dying(pod);
    await machine.crashAndStart();
    await apply(pod);
    await machine.settle(30 * SECOND);
    assertRestartedOnce(uid);
  });

  it('has restarted once, though Docker went away meanwhile', async () => {
    const uid = await dying(scriptPod({ main: SERVE }));
    machine.engine.goDown();
    await machine.settle(5 * SECOND);
    machine.engine.comeUp();
    await machine.settle(40 * SECOND);
    assertRestartedOnce(uid);
  });

  it('runs its new image under Never, though the sandbox could not be started for a while', async () => {
    const pod = scriptPod({ main: SERVE }, { restartPolicy: 'Never' });
    const uid = await apply(pod);
    machine.imageFailures.push({ reason: 'ErrImagePull', message: 'no such tag yet' });
    const containers = pod.spec.containers.map((container) => ({ ...container, image: 'other:1' }));
    await apply({ ...pod, spec: { ...pod.spec, containers } });
    machine.latencyMs = slowStarts;
    const heal = refuseStarts(machine);
    machine.engine.exit('POD', 137);
    await machine.settle(25 * SECOND);
    assert.equal(machine.status(uid)?.phase, 'Running');
    heal();
    await machine.settle(60 * SECOND);
    assertRestartedOnce(uid);
    assert.equal(machine.container(uid)?.image, 'sha256:other:1:tag');
  });
});
