import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { containerHash } from '../../../../agent/pod/container-hash.ts';
import { viewContainers } from '../../../../agent/pod/container-view.ts';
import type { Observation, ObservedContainer, ObservedState } from '../../../../agent/pod/observation.ts';
import type { PodRecord } from '../../../../agent/pod/pod-record.ts';
import { podStatus } from '../../../../agent/pod/pod-status.ts';
import type { Situation } from '../../../../agent/pod/situation.ts';
import type { Pod } from '../../../../common/pod.ts';
import { objectsOf } from '../../../kit/pod-objects.ts';
import { aPod } from '../../../kit/pods.ts';

const NOW = Date.parse('2026-01-01T00:10:00.750Z');
const STARTED = Date.parse('2026-01-01T00:05:00.250Z');
const at = (wallMs: number) => ({ wallMs, bootId: 'boot-1', monotonicMs: 0 });

const running: ObservedState = { kind: 'running', startedAtMs: STARTED };
const exited = (exitCode: number, agoMs = 0): ObservedState => ({
  kind: 'exited',
  exitCode,
  reason: exitCode === 0 ? 'Completed' : 'Error',
  message: '',
  startedAtMs: STARTED,
  finishedAtMs: NOW - agoMs,
  agoMs,
});

function observed(container: string, state: ObservedState, attempt = 0): ObservedContainer {
  const sandbox = container === 'POD';
  return {
    id: `${container}-${attempt}`,
    identity: {
      agentUid: 'agent-1',
      podUid: 'uid-web',
      podName: 'web',
      podNamespace: 'default',
      container,
      attempt,
      hash: sandbox ? '' : containerHash({ name: container, image: 'busybox' }),
      sandboxId: sandbox ? '' : 'POD-0',
      restartDelayMs: attempt * 10_000,
    },
    state,
    createdAtMs: STARTED,
    imageId: 'sha256:1',
    stopSignal: 'SIGTERM',
    ip: sandbox ? '10.0.0.2' : '',
  };
}

function statusOf(
  pod: Pod,
  containers: ObservedContainer[],
  wish: Partial<Situation> = {},
  past: Partial<PodRecord> = {},
) {
  const record: PodRecord = { uid: 'uid-web', pod, accepted: at(STARTED), ...past };
  const observation: Observation = {
    sandboxes: [observed('POD', running)],
    containers: [...containers].sort((a, b) => b.identity.attempt - a.identity.attempt),
  };
  const situation: Situation = {
    record,
    observation,
    views: viewContainers(record, observation),
    objects: objectsOf(),
    volumes: { kind: 'none' },
    resize: { kind: 'none' },
    images: new Map(),
    failures: new Map(),
    now: at(NOW),
    probes: new Map(),
    hooksRunning: new Set(),
    launches: new Map(),
    aheadRefused: false,
    killedMsAgo: new Map(),
    activeMs: 0,
    stoppingMs: 0,
    problems: [],
    ...wish,
  };
  const imageNames = () => ({ repoTags: ['busybox:latest'], repoDigests: ['busybox@sha256:2'] });
  return podStatus(situation, {
    hostIps: ['192.0.2.1', '2001:db8::1'],
    recursiveReadOnly: false,
    imageNames,
    nowMs: NOW,
  });
}

const two = (restartPolicy: string) =>
  aPod({
    metadata: { generation: 3 },
    spec: { restartPolicy, containers: ['b', 'a'].map((name) => ({ name, image: 'busybox' })) },
  });

describe('podStatus', () => {
  it('of a running pod says everything, times in whole seconds', () => {
    const pod = aPod({ metadata: { generation: 3 } });
    const condition = (type: string, lastTransitionTime = '2026-01-01T00:10:00Z') => ({
      type,
      status: 'True',
      lastTransitionTime,
      observedGeneration: 3,
    });
    assert.deepEqual(statusOf(pod, [observed('main', running)]), {
      observedGeneration: 3,
      phase: 'Running',
      conditions: [
        condition('PodReadyToStartContainers'),
        condition('Initialized'),
        condition('Ready'),
        condition('ContainersReady'),
        condition('PodScheduled', '2026-01-01T00:00:00Z'),
      ],
      hostIP: '192.0.2.1',
      hostIPs: [{ ip: '192.0.2.1' }, { ip: '2001:db8::1' }],
      podIP: '10.0.0.2',
      podIPs: [{ ip: '10.0.0.2' }],
      startTime: '2026-01-01T00:05:00Z',
      containerStatuses: [
        {
          name: 'main',
          state: { running: { startedAt: '2026-01-01T00:05:00Z' } },
          lastState: {},
          ready: true,
          started: true,
          restartCount: 0,
          image: 'busybox:latest',
          imageID: 'docker-pullable://busybox@sha256:2',
          containerID: 'docker://main-0',
        },
      ],
      qosClass: 'BestEffort',
    });
  });

  for (const { name, policy, a, b, phase } of [
    { name: 'nothing made yet', policy: 'Always', phase: 'Pending' },
    { name: 'one runs, one not made', policy: 'Always', a: running, phase: 'Pending' },
    { name: 'both run', policy: 'Always', a: running, b: running, phase: 'Running' },
    { name: 'one runs, one failed for good', policy: 'Never', a: running, b: exited(1), phase: 'Running' },
    { name: 'both ended well', policy: 'Never', a: exited(0), b: exited(0), phase: 'Succeeded' },
    { name: 'one ended badly', policy: 'Never', a: exited(0), b: exited(2), phase: 'Failed' },
    { name: 'one is to be tried again', policy: 'OnFailure', a: exited(0), b: exited(2), phase: 'Running' },
    { name: 'both ended under Always', policy: 'Always', a: exited(0), b: exited(0), phase: 'Running' },
  ]) {
    it(`phase with ${policy}: ${name} ⇒ ${phase}`, () => {
      const containers = [a && observed('a', a), b && observed('b', b)].filter((one) => one !== undefined);
      assert.equal(statusOf(two(policy), containers).phase, phase);
    });
  }

  it('lists containers by name, and names those that are not ready in the order of the spec', () => {
    const status = statusOf(two('Always'), []);
    assert.deepEqual(
      status.containerStatuses?.map(({ name }) => name),
      ['a', 'b'],
    );
    const ready = status.conditions?.find(({ type }) => type === 'Ready');
    assert.equal(ready?.message, 'containers with unready status: [b a]');
  });

  it('of an end is never taken back', () => {
    const past = statusOf(two('Never'), [observed('a', exited(0)), observed('b', exited(1))]);
    assert.equal(past.phase, 'Failed');
    const later = statusOf(
      two('Never'),
      [observed('a', running), observed('b', running)],
      {},
      { status: past },
    );
    assert.deepEqual(later, past);
  });

  it('keeps the time of a condition that keeps its status, and its addresses after the end', () => {
    const time = '2026-01-01T00:06:00Z';
    const past = {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: time }],
      podIP: '10.0.0.9',
      podIPs: [{ ip: '10.0.0.9' }, { ip: 'fd00::9' }],
    };
    const pod = aPod();
    const now = statusOf(pod, [observed('main', running)], {}, { status: past });
    assert.equal(now.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime, time);
    const observation = { sandboxes: [], containers: [observed('main', exited(0))] };
    const { podIP, podIPs } = statusOf(pod, [], { observation }, { status: past });
    assert.deepEqual({ podIP, podIPs }, { podIP: past.podIP, podIPs: past.podIPs });
  });

  it('is ready only when the readiness gates that others write are true', () => {
    const gated = (conditions: NonNullable<Pod['status']>['conditions']) => {
      const spec = { readinessGates: [{ conditionType: 'x.io/lb' }] };
      const status = statusOf(aPod({ spec, status: { conditions } }), [observed('main', running)]);
      return status.conditions?.find(({ type }) => type === 'Ready');
    };
    assert.equal(gated([])?.reason, 'ReadinessGatesNotReady');
    assert.equal(gated([{ type: 'x.io/lb', status: 'False' }])?.status, 'False');
    assert.equal(gated([{ type: 'x.io/lb', status: 'True' }])?.status, 'True');
  });

  it('of a pod being stopped shows ends, not waits', () => {
    const stopping = { graceSeconds: 30, since: at(NOW) };
    const status = statusOf(
      two('Always'),
      [observed('a', exited(0)), observed('b', running)],
      {},
      { stopping },
    );
    assert.equal(status.phase, 'Running');
    assert.equal(status.containerStatuses?.[0]?.state?.terminated?.exitCode, 0);
  });

  for (const { newer, agoMs, reason } of [
    { newer: 'a failed pull', agoMs: 1000, reason: 'ErrImagePull' },
    { newer: 'a refusal of Docker', agoMs: 9000, reason: 'CreateContainerError' },
  ]) {
    it(`says what last went wrong: ${newer}`, () => {
      const refusal = { reason: 'CreateContainerError', message: 'no space', agoMs: 5000, delayMs: 10_000 };
      const pull = { kind: 'failed' as const, reason: 'ErrImagePull', message: 'gone', lacked: [], agoMs };
      const status = statusOf(aPod(), [], {
        failures: new Map([['main', refusal]]),
        images: new Map([['main', { ...pull, delayMs: 10_000 }]]),
      });
      assert.equal(status.containerStatuses?.[0]?.state?.waiting?.reason, reason);
    });
  }

  it('moves the end of a container that waits for its next attempt to lastState', () => {
    const status = statusOf(aPod(), [observed('main', exited(3, 4000), 1), observed('main', exited(2), 0)]);
    const [main] = status.containerStatuses ?? [];
    assert.deepEqual(main?.state, {
      waiting: {
        reason: 'CrashLoopBackOff',
        message: 'back-off 10s restarting failed container=main pod=web_default(uid-web)',
      },
    });
    assert.equal(main?.lastState?.terminated?.exitCode, 3);
    assert.equal(main?.restartCount, 1);
  });
});
