// Whatever happens, in whatever order, and whenever the agent dies: pods converge, and nothing forbidden is ever done.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ContainerIdentity } from '../../../../agent/pod/labels.ts';
import type { PodContainer } from '../../../../agent/pod/pod-containers.ts';
import { EngineError } from '../../../../agent/runtime/engine.ts';
import { containerStatuses, isTerminal, type Pod, type PodStatus } from '../../../../common/pod.ts';
import { desiredStatus } from '../../../../controller/model/pod-status.ts';
import type { EngineOperation } from '../../../kit/fake-engine.ts';
import { FakeMachine } from '../../../kit/fake-machine.ts';
import { SERVE, STUBBORN, scriptContainer, scriptPod, sidecar } from '../../../kit/pod-machine.ts';

type Action =
  | { readonly kind: 'time'; readonly ms: number }
  | { readonly kind: 'hook'; readonly container: string; readonly code: number }
  | { readonly kind: 'exit'; readonly container: string; readonly code: number }
  | { readonly kind: 'vanish'; readonly container: string }
  | { readonly kind: 'fail'; readonly operation: EngineOperation; readonly error: 'unavailable' | 'refused' }
  | { readonly kind: 'down' | 'up' | 'restart' | 'image' | 'again' }
  | { readonly kind: 'volume-fails' | 'volume-busy' }
  | { readonly kind: 'probe'; readonly probe: string; readonly code: number }
  | { readonly kind: 'crash'; readonly operations: number }
  | { readonly kind: 'delete'; readonly grace: number };

/** More of them find rarer orders; this many take a few seconds. */
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 150);

const container = fc.constantFrom('POD', 'a', 'b', 'i', 'j', 's', 't');
const operation = fc.constantFrom<EngineOperation>(
  'list',
  'inspect',
  'create',
  'start',
  'kill',
  'remove',
  'image',
);

const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({
    kind: fc.constant('time' as const),
    ms: fc.constantFrom(0, 1, 20, 500, 3000, 15_000, 700_000),
  }),
  fc.record({ kind: fc.constant('exit' as const), container, code: fc.constantFrom(0, 1, 137) }),
  fc.record({ kind: fc.constant('hook' as const), container, code: fc.constantFrom(0, 1) }),
  fc.record({ kind: fc.constant('vanish' as const), container }),
  fc.record({
    kind: fc.constant('fail' as const),
    operation,
    error: fc.constantFrom('unavailable' as const, 'refused' as const),
  }),
  fc.record({ kind: fc.constantFrom('down', 'up', 'restart', 'image', 'again') }),
  fc.record({ kind: fc.constantFrom('volume-fails', 'volume-busy') }),
  fc.record({
    kind: fc.constant('probe' as const),
    probe: fc.constantFrom('startup', 'liveness', 'readiness'),
    // The last: it never answers.
    code: fc.constantFrom(0, 1, -1),
  }),
  fc.record({ kind: fc.constant('crash' as const), operations: fc.nat(30) }),
);

const program = fc.oneof(
  { weight: 3, arbitrary: fc.constant(SERVE) },
  { weight: 1, arbitrary: fc.constantFrom(STUBBORN, 'exit 0', 'exit 1') },
);

/** Mostly none. */
const initProgram = fc.oneof(
  { weight: 3, arbitrary: fc.constant(undefined) },
  { weight: 2, arbitrary: fc.constantFrom('exit 0', SERVE) },
  { weight: 1, arbitrary: fc.constantFrom('exit 1', STUBBORN) },
);

/** Of container b. */
const probes = fc.subarray(['startup', 'liveness', 'readiness']);

/** Of container a: the exit codes after which all containers start anew. */
const restartAll = fc.oneof(
  { weight: 3, arbitrary: fc.constant([]) },
  { weight: 1, arbitrary: fc.constantFrom([1], [0, 137]) },
);

/** Of containers a and s. */
const hook = fc.oneof(
  { weight: 3, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.constantFrom('exit 0', 'exit 1', 'hang') },
);

/** How long Docker and the disk take, one answer after the other: mostly nothing happens in between. */
const latencies = fc.oneof(
  { weight: 1, arbitrary: fc.constant([0]) },
  { weight: 1, arbitrary: fc.array(fc.constantFrom(0, 1, 15, 90, 700), { minLength: 1, maxLength: 7 }) },
);

const life = fc.record({
  latencies,
  hooks: fc.record({ postStart: hook, preStop: hook }),
  probes,
  restartAll,
  policy: fc.constantFrom('Always', 'Always', 'OnFailure', 'Never'),
  programs: fc.record({ a: program, b: program }),
  inits: fc.record({ i: initProgram, s: initProgram, j: initProgram, t: initProgram }),
  deadline: fc.option(fc.constantFrom(1, 20, 600), { nil: undefined, freq: 1 }),
  before: fc.array(action, { minLength: 1, maxLength: 10, size: 'max' }),
  deletion: fc.option(fc.constantFrom(0, 5, 30), { nil: undefined, freq: 1 }),
  after: fc.array(action, { maxLength: 6, size: 'max' }),
  // Nothing is left to a new beginning.
  restarts: fc.boolean(),
});

describe('pods under any interleaving of crashes and events', () => {
  it('converge, and break no rule on the way', async () => {
    await fc.assert(
      fc.asyncProperty(
        life,
        async ({ latencies, hooks, probes, restartAll, policy, programs, inits, deadline, ...what }) => {
          const { before, deletion, after, restarts } = what;
          const machine = await FakeMachine.create();
          let asked = 0;
          machine.latencyMs = () => latencies[asked++ % latencies.length] ?? 0;
          const lifecycle = lifecycleOf(hooks);
          const pod = scriptPod(programs, {
            restartPolicy: policy,
            activeDeadlineSeconds: deadline,
            initContainers: initsOf(inits, lifecycle),
            volumes: [{ name: 'data', emptyDir: {} }],
            containers: [
              { name: 'a', lifecycle, ...rulesOf(restartAll) },
              { name: 'b', ...probesOf(probes), volumeMounts: [{ name: 'data', mountPath: '/data' }] },
            ],
          });
          const world = new World(machine, pod);
          await world.tell();
          for (const step of before) await world.play(step);
          if (deletion !== undefined) await world.play({ kind: 'delete', grace: deletion });
          for (const step of after) await world.play(step);
          await world.quieten(restarts);
          await world.check();
        },
      ),
      { numRuns: RUNS },
    );
  });
});

class World {
  readonly #machine: FakeMachine;
  #pod: Pod;
  #images = 0;
  /** Attempts that Docker was asked to start, by container name. */
  readonly #started = new Map<string, Set<number>>();
  /** What the agent was told last has been taken in. */
  #heard: Promise<unknown> = Promise.resolve();

  constructor(machine: FakeMachine, pod: Pod) {
    this.#machine = machine;
    this.#pod = pod;
    machine.engine.forbidsStart = (identity) => {
      const { container, attempt } = identity;
      this.#started.set(container, (this.#started.get(container) ?? new Set()).add(attempt));
      return this.#forbids(identity);
    };
  }

  /** After the pod's end nothing starts; a regular container only after every init container has done its work there. */
  #forbids({ container, sandboxId, round }: ContainerIdentity): string | undefined {
    if (isTerminal(this.#machine.records.get(this.#pod.metadata.uid)?.status)) return 'after the end';
    if (!this.#pod.spec.containers.some(({ name }) => name === container)) return undefined;
    const undone = (this.#pod.spec.initContainers ?? []).filter(
      ({ name, restartPolicy }) =>
        restartPolicy !== 'Always' &&
        !this.#machine.engine.ends.some(
          ({ identity, exitCode }) =>
            identity.container === name &&
            identity.sandboxId === sandboxId &&
            identity.round === round &&
            exitCode === 0,
        ),
    );
    return undone.length > 0 ? `before ${undone.map(({ name }) => name).join()}` : undefined;
  }

  /** The controller tells its wish, as it does on every session. A dying agent may not answer, a slow one does so later. */
  async tell(): Promise<void> {
    const { manager } = this.#machine;
    const pod = this.#pod;
    this.#heard = this.#heard
      .then(() => manager.apply(pod))
      .then(() => manager.retain(new Set([pod.metadata.uid])))
      .catch(() => {});
    await this.#machine.settle();
  }

  async #restart(): Promise<void> {
    this.#heard = Promise.resolve();
    await this.#machine.crashAndStart();
    await this.tell();
  }

  async play(action: Action): Promise<void> {
    const machine = this.#machine;
    switch (action.kind) {
      case 'time':
        return machine.settle(action.ms);
      case 'exit':
        machine.engine.exit(action.container, action.code);
        return machine.settle();
      case 'probe':
        machine.execs.answers.set(action.probe, action.code);
        return;
      case 'hook':
        machine.execs.finish(action.container, action.code);
        return machine.settle();
      case 'vanish':
        machine.engine.vanish(action.container);
        return machine.settle();
      case 'fail':
        return machine.engine.failNext(action.operation, new EngineError(action.error, 'made to fail'));
      case 'volume-fails':
        machine.volumes.failures.push({ volume: 'data', message: 'made to fail' });
        return;
      case 'volume-busy':
        machine.volumes.busy = true;
        return;
      case 'down':
        return machine.engine.goDown();
      case 'up':
        return machine.engine.comeUp();
      case 'restart':
        return this.#restart();
      case 'crash':
        return machine.crashAfter(action.operations);
      case 'again':
        return this.tell();
      case 'image':
        this.#pod = withImage(this.#pod, `other:${++this.#images}`);
        return this.tell();
      case 'delete':
        this.#pod = deleted(this.#pod, action.grace);
        return this.tell();
      default:
        return action satisfies never;
    }
  }

  /** Nothing happens any more, and time passes. */
  async quieten(restarts: boolean): Promise<void> {
    const machine = this.#machine;
    machine.engine.comeUp();
    machine.engine.heal();
    machine.volumes.failures.length = 0;
    machine.volumes.busy = false;
    machine.execs.answers.clear();
    machine.latencyMs = () => 0;
    machine.crashAfter(Number.POSITIVE_INFINITY);
    await (restarts || machine.hasCrashed ? this.#restart() : this.tell());
    for (let minute = 0; minute < 12; minute++) {
      for (const container of ['a', 's']) machine.execs.finish(container, 0);
      await machine.settle(60_000);
    }
  }

  /** What the controller has made of every report and the last session's, which lets nothing run again that has ended for good. */
  #inTheApi(last: PodStatus): PodStatus {
    const reports = this.#machine.statuses.get(this.#pod.metadata.uid) ?? [];
    return [...reports, last].reduce<PodStatus>((status, report) => {
      return desiredStatus({ pod: { ...this.#pod, status }, report, nowMs: 0, publishPodIP: true });
    }, {});
  }

  async check(): Promise<void> {
    const machine = this.#machine;
    const { uid } = this.#pod.metadata;
    assert.deepEqual([...machine.engine.violations, ...machine.volumes.violations], []);
    const runs = machine.execs.runs.filter((run) => / (postStart|preStop) /.test(run));
    assert.deepEqual(runs, [...new Set(runs)], 'a hook ran twice for one container');
    assertHistory(this.#pod, machine.statuses.get(uid) ?? []);
    for (const { name, restartCount } of containerStatuses(machine.status(uid))) {
      const restarts = Math.max(0, (this.#started.get(name)?.size ?? 0) - 1);
      assert.ok(restartCount <= restarts, `${restartCount} restarts of ${name} told, ${restarts} made`);
    }
    assert.equal(machine.records.get(uid)?.untold, undefined, 'events that nobody was told');
    if (this.#pod.metadata.deletionTimestamp) {
      assert.deepEqual(machine.engine.all(), []);
      const [gone] = machine.manager.gone();
      assert.equal(gone?.uid, uid);
      assert.ok(isTerminal(gone?.status));
      assert.ok(machine.gone.length > 0);
      assert.deepEqual(await machine.volumes.held(), []);
      return;
    }
    const status = machine.manager.reports()[0]?.status;
    if (isTerminal(status)) {
      assert.deepEqual(machine.engine.running(), []);
      assert.deepEqual(await machine.volumes.held(), []);
      return;
    }
    const live = machine.engine.running().map((label) => label.split('/')[0]);
    const { initContainerStatuses: inits = [], containerStatuses: regular = [] } = status ?? {};
    const stays = (name: string) => name === 's' || name === 't';
    const isInit = (name: string) => inits.some((init) => init.name === name);
    const initializing = inits.some(({ name, started, state }) =>
      stays(name) ? !started : state?.terminated?.exitCode !== 0,
    );
    assert.ok(initializing || regular.some(({ state }) => !state?.terminated), 'nothing is left to run');
    // Where one that fails at once restarts all, those behind it never have their turn.
    const again = this.#pod.spec.containers.some(({ restartPolicyRules }) => restartPolicyRules);
    const waits = [
      ...['CrashLoopBackOff', 'PostStartHookError'],
      ...(initializing || again ? ['PodInitializing'] : []),
      ...(again ? ['ContainerCreating'] : []),
    ];
    for (const { name, state } of containerStatuses(status)) {
      assert.equal(live.filter((running) => running === name).length, state?.running ? 1 : 0, name);
      assert.ok(state?.running || state?.terminated || waits.includes(state?.waiting?.reason ?? ''), name);
    }
    assert.equal(live.filter((running) => running === 'POD').length, 1);
    // Of an init container that does its work anew in another sandbox the API server lets nobody say so.
    const statesOf = (one: PodStatus | undefined) =>
      containerStatuses(one).flatMap(({ name, state }) =>
        isInit(name) && !stays(name) ? [] : `${name} ${Object.keys(state ?? {})}`,
      );
    assert.deepEqual(statesOf(this.#inTheApi(status ?? {})), statesOf(status), 'as the controller has it');
    const upAndReady = status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
    const allUp = containerStatuses(status).every(
      ({ name, state }) => state?.running || (isInit(name) && !stays(name)),
    );
    assert.equal(upAndReady, allUp);
    const works = inits.some(({ name, state }) => !stays(name) && state?.running);
    const unstarted = [...regular, ...inits.filter(({ name }) => !stays(name))].some(
      ({ state, lastState }) => state?.waiting && !lastState?.terminated,
    );
    assert.equal(status?.phase, works || unstarted ? 'Pending' : 'Running');
  }
}

type Lifecycle = NonNullable<PodContainer['lifecycle']>;

function lifecycleOf({
  postStart,
  preStop,
}: Readonly<Record<'postStart' | 'preStop', string | undefined>>): Lifecycle {
  const exec = (hook: string, program: string) => ({ exec: { command: ['sh', '-c', `${hook} ${program}`] } });
  return {
    ...(postStart ? { postStart: exec('postStart', postStart) } : {}),
    ...(preStop ? { preStop: exec('preStop', preStop) } : {}),
  };
}

/** They answer well until they are told otherwise. */
function probesOf(kinds: readonly string[]): Partial<PodContainer> {
  const probe = (kind: string) => ({ exec: { command: ['sh', '-c', kind] }, failureThreshold: 2 });
  return Object.fromEntries(kinds.map((kind) => [`${kind}Probe`, probe(kind)]));
}

function rulesOf(values: readonly number[]): Partial<PodContainer> {
  if (values.length === 0) return {};
  const exitCodes = { operator: 'In', values: [...values] };
  return { restartPolicyRules: [{ action: 'RestartAllContainers', exitCodes }] };
}

function initsOf(
  { i, s, j, t }: Readonly<Record<'i' | 's' | 'j' | 't', string | undefined>>,
  lifecycle: Lifecycle,
) {
  return [
    ...(i ? [scriptContainer('i', i)] : []),
    ...(s ? [sidecar('s', s, { lifecycle })] : []),
    ...(j ? [scriptContainer('j', j)] : []),
    ...(t ? [sidecar('t', t)] : []),
  ];
}

/**
 * What was told over time: an end is final, restarts only add up, and a pod that ran is not pending, unless it has to
 * initialize anew.
 */
function assertHistory(pod: Pod, statuses: readonly PodStatus[]): void {
  const once = !pod.spec.initContainers?.some(({ restartPolicy }) => restartPolicy !== 'Always');
  statuses.slice(1).forEach((status, index) => {
    const earlier = statuses[index];
    if (isTerminal(earlier)) assert.equal(status.phase, earlier?.phase);
    if (once && earlier?.phase === 'Running') assert.notEqual(status.phase, 'Pending');
    for (const { name, restartCount } of containerStatuses(status)) {
      const before = containerStatuses(earlier).find((container) => container.name === name);
      assert.ok(restartCount >= (before?.restartCount ?? 0), `restartCount of ${name} went back`);
    }
  });
}

function withImage(pod: Pod, image: string): Pod {
  const containers = pod.spec.containers.map((spec) => (spec.name === 'a' ? { ...spec, image } : spec));
  return { ...pod, spec: { ...pod.spec, containers } };
}

function deleted(pod: Pod, grace: number): Pod {
  const metadata = {
    ...pod.metadata,
    deletionTimestamp: '2026-01-01T00:00:00Z',
    deletionGracePeriodSeconds: grace,
  };
  return { ...pod, metadata };
}
