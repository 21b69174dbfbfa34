import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ClusterEvent } from '../../../../controller/cli/cluster.ts';
import { advise, type PodSituation, remediesFor } from '../../../../controller/cli/explain/advice.ts';
import { partOf, timeline } from '../../../../controller/cli/explain/timeline.ts';
import { aContainerStatus } from '../../../kit/pods.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const at = (agoSeconds: number) => new Date(NOW - agoSeconds * 1000).toISOString();

const agent = {
  ...{
    name: 'pi',
    uid: 'a',
    ready: true,
    reason: '',
    unschedulable: false,
    labels: {},
    os: 'linux',
    arch: 'arm64',
  },
  ...{
    agentVersion: '',
    engineVersion: '',
    addresses: [],
    allocatable: {},
    requested: {},
    used: {},
    removing: false,
    resting: '',
    pods: 1,
  },
  ...{ lastSeenMs: NOW, joinedAtMs: 0 },
};
const pod = {
  ...{ namespace: 'default', name: 'web', uid: 'p', phase: 'Running', status: 'Running', containers: 1 },
  ...{ containersReady: 1, restarts: 0, agent: 'pi', waitingReason: '', createdAtMs: NOW - 60_000, used: {} },
};
const situation = (change: Partial<PodSituation> = {}): PodSituation => ({
  ...{ pod, agent, status: { phase: 'Running' }, deletedAtMs: 0, verdicts: [] },
  ...change,
});

describe('how it stands with a pod', () => {
  const waiting = (reason: string, message = '') => ({
    pod: { ...pod, containersReady: 0 },
    status: {
      containerStatuses: [aContainerStatus({ name: 'main', state: { waiting: { reason, message } } })],
    },
  });
  const cases: [what: string, change: Partial<PodSituation>, inShort: RegExp, remedies: RegExp][] = [
    ['runs', {}, /^it runs on pi, and all is well$/, /^$/],
    ['has ended', { pod: { ...pod, phase: 'Succeeded' } }, /ended well/, /^$/],
    [
      'was refused',
      { pod: { ...pod, phase: 'Failed' }, status: { reason: 'OutOfmemory', message: 'too large' } },
      /does not start again: OutOfmemory: too large/,
      /^$/,
    ],
    [
      'waits',
      { pod: { ...pod, agent: '', waitingReason: '0/0 agents fit' }, agent: null },
      /waits for an agent: 0\/0/,
      /^$/,
    ],
    ['is on a lost agent', { agent: { ...agent, ready: false } }, /pi is not heard of/, /agents describe pi/],
    ['is on an agent that is no more', { agent: null }, /its agent pi is no more/, /kubectl delete pod/],
    ['is being deleted', { deletedAtMs: NOW }, /is being deleted: pi stops/, /^$/],
    ['starts', waiting('ContainerCreating'), /it is starting on pi: waits: ContainerCreating/, /^$/],
    [
      'has no image',
      waiting('ImagePullBackOff', 'Back-off'),
      /ImagePullBackOff: Back-off/,
      /imagePullSecrets/,
    ],
    [
      'may not pull',
      waiting('ErrImageNeverPull', 'is not present'),
      /ErrImageNeverPull/,
      /imagePullPolicy is Never/,
    ],
    [
      'lacks an object',
      waiting('CreateContainerConfigError', 'secret "x" not found'),
      /secret "x"/,
      /the message names it/,
    ],
    ['is not ready', { pod: { ...pod, containersReady: 0 } }, /it runs on pi, not ready/, /readiness probe/],
  ];
  for (const [what, change, inShort, remedies] of cases) {
    it(`says that it ${what}`, () => {
      const advice = advise(situation(change));
      assert.match(advice.inShort, inShort);
      assert.match(advice.remedies.join('\n'), remedies);
      assert.equal(advice.isFine, what === 'runs' || what === 'has ended');
    });
  }

  it('takes agents with one obstacle together, what a command cures first', () => {
    const verdict = (name: string, rule: string, text: string) => ({
      ...{ agent: name, chosen: false, merits: [] },
      obstacles: [{ rule, text, until: 'never' }],
    });
    const verdicts = ['c', 'a', 'd', 'b'].map((name) => verdict(name, 'OutOfcpu', 'insufficient cpu'));
    const remedies = remediesFor([
      ...verdicts,
      verdict('e', 'NodeUnschedulable', 'cordoned'),
      verdict('f', 'NodeReady', 'being removed'),
      verdict('g', 'NodeReady', 'not ready'),
    ]);
    assert.deepEqual(remedies, [
      'e: cordoned: longshore agents uncordon e',
      'f: being removed: it takes no pods any more',
      'g: not ready: it counts again once it is back',
      'a, b, c and 1 more: insufficient cpu: pods there have to end, or the pod must request less',
    ]);
  });
});

const event = (change: Partial<ClusterEvent>): ClusterEvent => ({
  ...{ uid: 'e', type: 'Normal', reason: 'Started', message: 'Started container main', count: 1 },
  ...{ firstMs: NOW, lastMs: NOW, kind: 'Pod', namespace: 'default', name: 'web', objectUid: 'p' },
  ...{ fieldPath: 'spec.containers{main}', component: 'kubelet', host: 'longshore' },
  ...{ agent: 'pi', saidByAgent: true },
  ...change,
});

/** Of the controller, before the pod has an agent. */
const own = { fieldPath: '', agent: '', saidByAgent: false };

describe('the timeline of a pod', () => {
  const life = {
    createdAtMs: NOW - 60_000,
    deletedAtMs: 0,
    agent: 'pi',
    status: {},
    events: [],
    agentEvents: [],
  };
  const told = (change: Partial<Parameters<typeof timeline>[0]>) =>
    timeline({ ...life, ...change }).map(({ source, what }) => `${source}: ${what}`);

  it('tells a start once, by the event or else by the status', () => {
    const status = {
      containerStatuses: [aContainerStatus({ name: 'main', state: { running: { startedAt: at(10) } } })],
    };
    const events = [event({ lastMs: NOW - 10_500 })];
    assert.deepEqual(told({ status }), ['API server: created', 'pi: container main started']);
    assert.deepEqual(told({ status, events }), [
      'API server: created',
      'pi: Started [main]: Started container main',
    ]);
  });

  it('tells in their order what came to be within one second', () => {
    const terminated = { exitCode: 0, reason: 'Completed', startedAt: at(10), finishedAt: at(10) };
    const status = {
      containerStatuses: [aContainerStatus({ name: 'main', state: { terminated } })],
    };
    const component = 'default-scheduler';
    const events = [
      event({ lastMs: NOW - 10_000 }),
      event({ lastMs: NOW - 9_500, component, reason: 'Scheduled', message: 'bound', fieldPath: '' }),
    ];
    assert.deepEqual(told({ status, events, createdAtMs: NOW - 10_000 }), [
      'API server: created',
      'scheduler: Scheduled: bound',
      'pi: Started [main]: Started container main',
      'pi: container main ended with exit code 0',
    ]);
  });

  it('tells how containers ended, which no event does', () => {
    const terminated = {
      exitCode: 3,
      reason: 'Error',
      message: 'no config\n',
      startedAt: at(20),
      finishedAt: at(19),
    };
    const status = {
      containerStatuses: [aContainerStatus({ name: 'main', state: {}, lastState: { terminated } })],
    };
    assert.deepEqual(told({ status }).slice(1), [
      'pi: container main started',
      'pi: container main ended with exit code 3: no config',
    ]);
  });

  it('tells when its agent came and went, since the pod was made', () => {
    const lost = event({
      kind: 'Agent',
      name: 'pi',
      reason: 'AgentUnreachable',
      message: 'silent',
      fieldPath: '',
    });
    const agentEvents = [lost, { ...lost, lastMs: NOW - 3_600_000 }, { ...lost, name: 'other' }];
    assert.deepEqual(told({ agentEvents }), ['API server: created', 'controller: AgentUnreachable: silent']);
    const repeated = told({ agentEvents: [{ ...lost, count: 3, firstMs: lost.lastMs - 1000 }] });
    assert.match(repeated[1] ?? '', /^controller: AgentUnreachable: silent \(3 times since .+\)$/);
  });

  it("tells the controller's words from the agent's, whatever they are about", () => {
    const events = [
      event({ ...own, reason: 'FailedMount', message: 'no such claim', lastMs: NOW - 4000 }),
      event({ ...own, reason: 'PlacementRestored', message: 'altered', agent: 'pi', lastMs: NOW - 3000 }),
      event({ ...own, reason: 'Evicted', message: 'drained', agent: 'pi', lastMs: NOW - 2000 }),
      event({ reason: 'FailedMount', message: 'no such file', fieldPath: '', lastMs: NOW - 1000 }),
      event({ reason: 'Evicted', type: 'Warning', message: 'too large', fieldPath: '' }),
    ];
    assert.deepEqual(told({ events }).slice(1), [
      'controller: FailedMount: no such claim',
      'controller: PlacementRestored: altered',
      'controller: Evicted: drained',
      'pi: FailedMount: no such file',
      'pi: Evicted: too large',
    ]);
  });

  it('is in the order of time, and says who speaks', () => {
    const events = [
      event({ ...own, reason: 'FailedPlacement', message: 'none', lastMs: NOW - 1000 }),
      event({
        reason: 'Scheduled',
        component: 'default-scheduler',
        message: 'ok',
        fieldPath: '',
        lastMs: NOW - 5000,
      }),
    ];
    assert.deepEqual(told({ events }), [
      'API server: created',
      'scheduler: Scheduled: ok',
      'controller: FailedPlacement: none',
    ]);
  });

  it('has a pod bound before anybody else acts on it, though the scheduler alone tells fractions of seconds', () => {
    const second = Math.floor(NOW / 1000) * 1000;
    const events = [
      event({ ...own, reason: 'FailedPlacement', message: 'none', lastMs: second }),
      event({
        ...{ reason: 'Scheduled', component: 'default-scheduler', message: 'ok' },
        ...{ fieldPath: '', lastMs: second + 123 },
      }),
    ];
    assert.deepEqual(told({ events }).slice(-2), [
      'scheduler: Scheduled: ok',
      'controller: FailedPlacement: none',
    ]);
  });

  it('reads the part of a field path', () => {
    assert.equal(partOf('spec.initContainers{init}'), 'init');
    assert.equal(partOf(''), '');
  });
});
