import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ContainerStatus, Pod } from '../../../../common/pod.ts';
import { podLine } from '../../../../controller/model/pod-display.ts';
import { aContainerStatus, aPod, endedStatus, runningStatus } from '../../../kit/pods.ts';

const waiting = (reason: string): Partial<ContainerStatus> => ({
  ready: false,
  state: { waiting: { reason } },
});
const exited = (exitCode: number, reason?: string, signal?: number): Partial<ContainerStatus> => ({
  ready: false,
  state: { terminated: { exitCode, ...(reason && { reason }), ...(signal && { signal }) } },
});
const withContainer = (status: Partial<ContainerStatus>): Pod =>
  aPod({ status: runningStatus({ containerStatuses: [aContainerStatus(status)] }) });
const withInit = (status: Partial<ContainerStatus>): Pod =>
  aPod({
    spec: { initContainers: [{ name: 'first' }, { name: 'second' }] },
    status: runningStatus({
      phase: 'Pending',
      initContainerStatuses: [
        aContainerStatus({ name: 'first', ...exited(0, 'Completed') }),
        aContainerStatus({ name: 'second', ...status }),
      ],
      containerStatuses: [aContainerStatus(waiting('PodInitializing'))],
    }),
  });
const deleted = { deletionTimestamp: '2026-01-01T00:00:00Z' };

const CASES: [string, Pod, string][] = [
  ['a new pod', aPod(), 'Pending'],
  ['a running pod', aPod({ status: runningStatus() }), 'Running'],
  ['a pod being created', withContainer(waiting('ContainerCreating')), 'ContainerCreating'],
  ['a crash loop', withContainer(waiting('CrashLoopBackOff')), 'CrashLoopBackOff'],
  ['an exit with a reason', withContainer(exited(1, 'OOMKilled')), 'OOMKilled'],
  ['an exit without', withContainer(exited(3)), 'ExitCode:3'],
  ['a signal', withContainer(exited(137, undefined, 9)), 'Signal:9'],
  ['a finished pod', aPod({ status: endedStatus(0) }), 'Completed'],
  ['a pod that failed as a whole', aPod({ status: { phase: 'Failed', reason: 'Evicted' } }), 'Evicted'],
  ['a deleted pod', aPod({ metadata: deleted, status: runningStatus() }), 'Terminating'],
  ['a running init container', withInit({ state: { running: {} } }), 'Init:1/2'],
  ['an init container that fails', withInit(exited(1, 'Error')), 'Init:Error'],
  ['an init container in backoff', withInit(waiting('CrashLoopBackOff')), 'Init:CrashLoopBackOff'],
];

describe('the status of a pod reads as in kubectl', () => {
  for (const [name, pod, status] of CASES) {
    test(`${name}: ${status}`, () => assert.equal(podLine(pod).status, status));
  }
});

test('containers, readiness and restarts are counted with the sidecars', () => {
  const pod = aPod({
    spec: { initContainers: [{ name: 'setup' }, { name: 'proxy', restartPolicy: 'Always' }] },
    status: runningStatus({
      initContainerStatuses: [
        aContainerStatus({ name: 'setup', restartCount: 4, ...exited(0, 'Completed') }),
        aContainerStatus({ name: 'proxy', restartCount: 2 }),
      ],
      containerStatuses: [aContainerStatus({ restartCount: 1, ready: false })],
    }),
  });
  assert.deepEqual(podLine(pod), { status: 'Running', containers: 2, ready: 1, restarts: 3 });
});
