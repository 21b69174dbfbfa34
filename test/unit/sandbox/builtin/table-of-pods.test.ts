import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject } from '../../../../sandbox/builtin/resource.ts';
import { ago, cellsOf, resource, rowsOf } from './table-cells.ts';

const running = (name: string, more: JsonObject = {}) => ({
  name,
  ready: true,
  restartCount: 0,
  state: { running: {} },
  ...more,
});
const waiting = (name: string, reason: string, more: JsonObject = {}) => ({
  name,
  restartCount: 0,
  state: { waiting: { reason } },
  ...more,
});
const done = (name: string, terminated: JsonObject, more: JsonObject = {}) => ({
  name,
  restartCount: 0,
  state: { terminated },
  ...more,
});
const crashed = (secondsAgo: number) => ({
  lastState: { terminated: { exitCode: 1, finishedAt: ago(secondsAgo) } },
});

interface PodCase {
  readonly name: string;
  readonly meta?: JsonObject;
  readonly spec?: JsonObject;
  readonly status: JsonObject;
  /** READY, STATUS, RESTARTS. */
  readonly want: readonly [string, string, string];
}

const two = { containers: [{ name: 'a' }, { name: 'b' }] };
const withInit = { ...two, initContainers: [{ name: 'i' }, { name: 'j' }] };
const withSidecar = { ...two, initContainers: [{ name: 'i' }, { name: 's', restartPolicy: 'Always' }] };
const initialized = (status: string) => [{ type: 'Initialized', status }];

const podCases: PodCase[] = [
  { name: 'not yet scheduled', status: { phase: 'Pending' }, want: ['0/2', 'Pending', '0'] },
  {
    name: 'kept back by a scheduling gate',
    status: {
      phase: 'Pending',
      conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }],
    },
    want: ['0/2', 'SchedulingGated', '0'],
  },
  {
    name: 'starting',
    status: {
      phase: 'Pending',
      containerStatuses: [waiting('a', 'ContainerCreating'), waiting('b', 'ContainerCreating')],
    },
    want: ['0/2', 'ContainerCreating', '0'],
  },
  {
    name: 'running',
    status: { phase: 'Running', containerStatuses: [running('a'), running('b')] },
    want: ['2/2', 'Running', '0'],
  },
  {
    name: 'running, restarted, without a known time',
    status: { phase: 'Running', containerStatuses: [running('a', { restartCount: 2 }), running('b')] },
    want: ['2/2', 'Running', '2'],
  },
  {
    name: 'crash-looping',
    status: {
      phase: 'Running',
      containerStatuses: [
        waiting('a', 'CrashLoopBackOff', { restartCount: 3, ...crashed(10) }),
        running('b', { restartCount: 1, ...crashed(3600) }),
      ],
    },
    want: ['1/2', 'CrashLoopBackOff', '4 (10s ago)'],
  },
  {
    name: 'just failed',
    status: {
      phase: 'Running',
      containerStatuses: [done('a', { exitCode: 1, reason: 'Error' }), running('b')],
    },
    want: ['1/2', 'Error', '0'],
  },
  {
    name: 'failed without a reason',
    status: { phase: 'Running', containerStatuses: [done('a', { exitCode: 3 })] },
    want: ['0/2', 'ExitCode:3', '0'],
  },
  {
    name: 'killed by a signal, without a reason',
    status: { phase: 'Running', containerStatuses: [done('a', { exitCode: 137, signal: 9 })] },
    want: ['0/2', 'Signal:9', '0'],
  },
  {
    name: "the first container's word wins over later ones",
    status: {
      phase: 'Running',
      containerStatuses: [waiting('a', 'ImagePullBackOff'), waiting('b', 'CrashLoopBackOff')],
    },
    want: ['0/2', 'ImagePullBackOff', '0'],
  },
  {
    name: 'one container done, the other running, pod ready',
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [done('a', { exitCode: 0, reason: 'Completed' }), running('b')],
    },
    want: ['1/2', 'Running', '0'],
  },
  {
    name: 'one container done, the other running, pod not ready',
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'False' }],
      containerStatuses: [done('a', { exitCode: 0, reason: 'Completed' }), running('b')],
    },
    want: ['1/2', 'NotReady', '0'],
  },
  {
    name: 'completed',
    status: {
      phase: 'Succeeded',
      containerStatuses: [
        done('a', { exitCode: 0, reason: 'Completed' }),
        done('b', { exitCode: 0, reason: 'Completed' }),
      ],
    },
    want: ['0/2', 'Completed', '0'],
  },
  { name: 'evicted', status: { phase: 'Failed', reason: 'Evicted' }, want: ['0/2', 'Evicted', '0'] },
  {
    name: 'being deleted',
    meta: { deletionTimestamp: ago(0) },
    status: { phase: 'Running', containerStatuses: [running('a'), running('b')] },
    want: ['2/2', 'Terminating', '0'],
  },
  {
    name: 'deleted when already completed',
    meta: { deletionTimestamp: ago(0) },
    status: { phase: 'Succeeded', containerStatuses: [done('a', { exitCode: 0, reason: 'Completed' })] },
    want: ['0/2', 'Completed', '0'],
  },
  {
    name: 'deleted on a lost node',
    meta: { deletionTimestamp: ago(0) },
    status: { phase: 'Running', reason: 'NodeLost' },
    want: ['0/2', 'Unknown', '0'],
  },
  {
    name: 'in its first init container',
    spec: withInit,
    status: {
      phase: 'Pending',
      conditions: initialized('False'),
      initContainerStatuses: [running('i', { ready: false }), waiting('j', 'PodInitializing')],
      containerStatuses: [waiting('a', 'PodInitializing'), waiting('b', 'PodInitializing')],
    },
    want: ['0/2', 'Init:0/2', '0'],
  },
  {
    name: 'in its second init container',
    spec: withInit,
    status: {
      phase: 'Pending',
      initContainerStatuses: [
        done('i', { exitCode: 0, reason: 'Completed' }),
        waiting('j', 'PodInitializing'),
      ],
    },
    want: ['0/2', 'Init:1/2', '0'],
  },
  {
    name: 'with a crash-looping init container',
    spec: withInit,
    status: {
      phase: 'Pending',
      initContainerStatuses: [waiting('i', 'CrashLoopBackOff', { restartCount: 2, ...crashed(30) })],
    },
    want: ['0/2', 'Init:CrashLoopBackOff', '2 (30s ago)'],
  },
  {
    name: 'with a failed init container',
    spec: withInit,
    status: { phase: 'Pending', initContainerStatuses: [done('i', { exitCode: 1, reason: 'Error' })] },
    want: ['0/2', 'Init:Error', '0'],
  },
  {
    name: 'with a failed init container without a reason',
    spec: withInit,
    status: { phase: 'Pending', initContainerStatuses: [done('i', { exitCode: 2 })] },
    want: ['0/2', 'Init:ExitCode:2', '0'],
  },
  {
    name: 'initialized: restarts of init containers no longer count',
    spec: withInit,
    status: {
      phase: 'Running',
      conditions: initialized('True'),
      initContainerStatuses: [
        done('i', { exitCode: 0 }, { restartCount: 5 }),
        done('j', { exitCode: 0, reason: 'Completed' }),
      ],
      containerStatuses: [running('a'), running('b')],
    },
    want: ['2/2', 'Running', '0'],
  },
  {
    name: 'with a started sidecar, which counts as a container',
    spec: withSidecar,
    status: {
      phase: 'Running',
      conditions: initialized('True'),
      initContainerStatuses: [
        done('i', { exitCode: 0, reason: 'Completed' }),
        running('s', { started: true, restartCount: 1, ...crashed(5) }),
      ],
      containerStatuses: [running('a'), running('b')],
    },
    want: ['3/3', 'Running', '1 (5s ago)'],
  },
];

describe('the table of pods', () => {
  for (const { name, meta, spec = two, status, want } of podCases) {
    test(name, () => {
      const pod = { metadata: { name: 'x', creationTimestamp: ago(90), ...meta }, spec, status };
      assert.deepEqual(cellsOf(resource('pods'), pod).slice(0, 5), ['x', ...want, '90s']);
    });
  }

  test('has the wide columns', () => {
    const pod = {
      spec: { ...two, nodeName: 'n', readinessGates: [{ conditionType: 'g' }, { conditionType: 'h' }] },
      status: { podIPs: [{ ip: '10.0.0.1' }], conditions: [{ type: 'g', status: 'True' }] },
    };
    assert.deepEqual(cellsOf(resource('pods'), pod).slice(5), ['10.0.0.1', 'n', '<none>', '1/2']);
    assert.deepEqual(cellsOf(resource('pods'), {}).slice(5), ['<none>', '<none>', '<none>', '<none>']);
  });

  test('marks rows of pods that are done', () => {
    const [row] = rowsOf(resource('pods'), [{ metadata: {}, status: { phase: 'Succeeded' } }]);
    assert.equal(row?.conditions?.[0]?.['reason'], 'Succeeded');
  });
});
