import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { containerRequest } from '../../../../agent/pod/create-options.ts';
import type { ObservedContainer } from '../../../../agent/pod/observation.ts';
import type { Step } from '../../../../agent/pod/plan.ts';
import type { PodEvent } from '../../../../agent/pod/status-events.ts';
import { EngineError } from '../../../../agent/runtime/engine.ts';
import { PodMemory } from '../../../../agent/runtime/pod-memory.ts';
import { execute, type StepContext } from '../../../../agent/runtime/step-executor.ts';
import { NO_CLUSTER_DNS } from '../../../../common/cluster-dns.ts';
import { createLog } from '../../../../common/log.ts';
import { FakeEngine } from '../../../kit/fake-engine.ts';
import { FakeExecs } from '../../../kit/fake-execs.ts';
import { FakeVolumes } from '../../../kit/fake-volumes.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';
import { SERVE, scriptPod } from '../../../kit/pod-machine.ts';
import { objectsOf } from '../../../kit/pod-objects.ts';

const SCALE = { machineMemoryBytes: 1 << 30, oomScoreFloor: -1000, pidsLimit: undefined };

describe('creating a container whose name is taken', () => {
  const pod = scriptPod({ main: SERVE });
  const [container] = pod.spec.containers;
  assert.ok(container);
  const clock = new ManualClock();
  const memory = new PodMemory(clock);
  const events: PodEvent[] = [];
  let engine: FakeEngine;
  let context: StepContext;
  let step: Extract<Step, { kind: 'create-container' }>;

  beforeEach(async () => {
    engine = new FakeEngine(clock);
    context = {
      pod,
      objects: objectsOf(),
      agentUid: 'agent-1',
      network: { ensure: async () => 'bridge' },
      engine,
      images: { ensure: () => Promise.reject(new Error()), ensurePauseImage: async () => 'pause' },
      messages: { create: async () => '/message' },
      volumes: new FakeVolumes(() => false),
      podVolumes: [],
      readSeccompProfile: () => assert.fail('no profile is named'),
      devices: {},
      names: {
        machine: async () => ({ hosts: '', resolver: { nameservers: [], searches: [], options: [] } }),
        write: async () => ({ hosts: '/hosts', resolvConf: '/resolv.conf' }),
        remove: async () => undefined,
      },
      memory,
      view: {
        hostIps: [],
        nodeName: '',
        machineMemoryBytes: 1 << 30,
        oomScoreFloor: -1000,
        recursiveReadOnly: false,
        enforcement: { appArmor: false, unsafeSysctls: [] },
        pidsLimit: undefined,
        devices: new Map(),
        clusterDns: NO_CLUSTER_DNS,
        machine: { cpuMilli: 1, memoryBytes: 1 << 30, ephemeralStorageBytes: 1 },
      },
      log: createLog({ name: 'test', level: 'silent' }),
      emit: (event) => events.push(event),
      execs: new FakeExecs(engine),
      sendHook: () => assert.fail('no hook'),
      podIp: '',
      tasks: {
        assist: (task) => void task(new AbortController().signal),
        givenUp: async () => {},
        accompany: () => assert.fail('no hook'),
      },
      clock,
      now: () => ({ wallMs: 0, bootId: 'boot-1', monotonicMs: 0 }),
      record: () => assert.fail('not looked at'),
      change: () => assert.fail('nothing to note'),
      bury: () => assert.fail('nothing to bury'),
    };
    await execute({ kind: 'create-sandbox', attempt: 0, changed: false }, context);
    const [sandbox] = await engine.list();
    await execute({ kind: 'start-sandbox', id: sandbox?.id ?? '' }, context);
    const found = await engine.inspect(sandbox?.id ?? '');
    assert.ok(found && found.state.kind === 'running');
    const running: ObservedContainer = { ...found, state: found.state };
    step = {
      kind: 'create-container',
      container: 'main',
      attempt: 0,
      restartDelayMs: 0,
      imageId: 'sha256:1',
      sandbox: running,
    };
    engine.journal.length = 0;
  });

  const make = (sandboxId: string) =>
    engine.create(
      containerRequest({
        pod,
        container,
        agentUid: 'agent-1',
        attempt: 0,
        restartDelayMs: 0,
        imageId: 'sha256:1',
        sandboxId,
        env: new Map(),
        mounts: [],
        files: undefined,
        security: { imageUser: '', seccompProfile: undefined },
        devices: {},
        scale: SCALE,
        runtime: undefined,
      }),
    );

  it('by the very same container, which runs, takes it over', async () => {
    const { id } = await make(step.sandbox.id);
    await engine.start(id);
    await execute(step, context);
    assert.deepEqual(engine.journal, ['create main/0', 'start main/0']);
  });

  it('by one that was never started makes it anew: what it was made of may be old', async () => {
    await make(step.sandbox.id);
    await execute(step, context);
    assert.deepEqual(engine.journal.slice(1), ['remove main/0', 'create main/0', 'start main/0']);
  });

  it('by one that has ended makes it anew', async () => {
    const { id } = await make(step.sandbox.id);
    await engine.start(id);
    engine.exit('main', 1);
    await execute(step, context);
    assert.deepEqual(engine.journal.slice(2), ['remove main/0', 'create main/0', 'start main/0']);
  });

  it('by somebody else’s says so, and touches nothing', async () => {
    await make(step.sandbox.id);
    engine.inspect = async () => undefined;
    await execute(step, context);
    assert.deepEqual(engine.journal, ['create main/0']);
    assert.equal(memory.recall(pod, undefined).failures.get('main')?.reason, 'CreateContainerError');
    assert.match(events.at(-1)?.message ?? '', /^Error: The container name .* is already in use$/);
  });

  it('goes without a termination message where Docker cannot see the file, and says so', async () => {
    engine.failNext(
      'create',
      new EngineError(
        'refused',
        'invalid mount config for type "bind": bind source path does not exist: /message',
      ),
    );
    events.length = 0;
    await execute(step, context);
    assert.deepEqual(engine.journal, ['create main/0', 'start main/0']);
    assert.match(events[0]?.message ?? '', /termination messages are not read/);
  });
});
