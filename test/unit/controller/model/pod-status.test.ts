import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Pod, PodStatus } from '../../../../common/pod.ts';
import { desiredStatus, finalStatus, statusPatch } from '../../../../controller/model/pod-status.ts';
import { applyStatusPatch } from '../../../kit/fake-pod-api.ts';
import { aContainerStatus, aPod, endedStatus, runningStatus } from '../../../kit/pods.ts';

const NOW = Date.parse('2026-01-01T01:00:00Z');

function desired(pod: Pod, report?: PodStatus, unreachable?: string): PodStatus {
  return desiredStatus({ pod, report, nowMs: NOW, unreachable, publishPodIP: true });
}

const final = (pod: Pod, report?: PodStatus) => finalStatus({ pod, report, nowMs: NOW, publishPodIP: true });

/** The pod after the patch that leads to `status`. */
function after(pod: Pod, status: PodStatus): Pod {
  const patch = statusPatch(pod.status, status);
  return patch ? { ...pod, status: applyStatusPatch(pod.status ?? {}, patch) } : pod;
}

const published = (report: PodStatus, pod = aPod()) => after(pod, desired(pod, report));
const conditionOf = (status: PodStatus | undefined, type: string) =>
  status?.conditions?.find((c) => c.type === type);

test('the same report twice is one patch, whatever its fractions of seconds', () => {
  const pod = published(runningStatus());
  const again = runningStatus();
  again.containerStatuses = [
    aContainerStatus({ state: { running: { startedAt: '2026-01-01T00:00:05.417Z' } } }),
  ];
  assert.equal(statusPatch(pod.status, desired(pod, again)), undefined);
});

test('a pod that has become ready says no longer why it was not', () => {
  const waiting = runningStatus();
  waiting.conditions = [
    { type: 'Ready', status: 'False', reason: 'ContainersNotReady', message: 'unready: [main]' },
  ];
  const ready = published(runningStatus(), published(waiting));
  const condition = conditionOf(ready.status, 'Ready');
  assert.equal(condition?.status, 'True');
  assert.equal(condition?.reason, undefined);
  assert.equal(condition?.message, undefined);
  assert.equal(statusPatch(ready.status, desired(ready, runningStatus())), undefined);
});

test('conditions of others and PodScheduled survive', () => {
  const foreign = { type: 'example.com/gate', status: 'True', lastTransitionTime: '2026-01-01T00:00:09Z' };
  const pod = aPod();
  pod.status = { ...pod.status, conditions: [...(pod.status?.conditions ?? []), foreign] };
  const report = runningStatus();
  report.conditions = [
    ...(report.conditions ?? []),
    { type: 'PodScheduled', status: 'False' },
    { type: 'longshore.dev/Placed', status: 'True', message: 'agent=evil uid=1' },
    { type: 'example.com/gate', status: 'False' },
  ];
  const { status } = published(report, pod);
  assert.deepEqual(conditionOf(status, 'example.com/gate'), foreign);
  assert.equal(conditionOf(status, 'PodScheduled')?.status, 'True');
  assert.equal(conditionOf(status, 'longshore.dev/Placed'), undefined);
});

test('a transition has its time from its flip, not from later reports', () => {
  const pod = published(runningStatus());
  const report = runningStatus();
  report.conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:30:00Z' }];
  assert.equal(conditionOf(desired(pod, report), 'Ready')?.lastTransitionTime, '2026-01-01T00:00:05Z');
  report.conditions = [{ type: 'Ready', status: 'False', lastTransitionTime: '2026-01-01T00:30:00Z' }];
  assert.equal(conditionOf(desired(pod, report), 'Ready')?.lastTransitionTime, '2026-01-01T00:30:00Z');
});

test('a readiness gate decides Ready by the API copy, not by the agent', () => {
  const gated = (status?: string): Pod => {
    const pod = aPod({ spec: { readinessGates: [{ conditionType: 'example.com/lb' }] } });
    if (status) pod.status?.conditions?.push({ type: 'example.com/lb', status });
    return pod;
  };
  const ready = (pod: Pod) => conditionOf(desired(pod, runningStatus()), 'Ready');
  assert.equal(ready(gated('True'))?.status, 'True');
  assert.equal(ready(gated('False'))?.reason, 'ReadinessGatesNotReady');
  assert.match(ready(gated())?.message ?? '', /"example.com\/lb" does not exist/);
});

describe('a terminal phase', () => {
  test('is final, with its reason and its containers', () => {
    const pod = published({ ...endedStatus(1), reason: 'DeadlineExceeded', message: 'too long' });
    const status = desired(pod, runningStatus());
    assert.equal(status.phase, 'Failed');
    assert.equal(status.reason, 'DeadlineExceeded');
    assert.equal(status.containerStatuses?.[0]?.state?.terminated?.exitCode, 1);
  });

  test('arrives together with the details of the exit', () => {
    const patch = statusPatch(
      published(runningStatus()).status,
      desired(published(runningStatus()), endedStatus(0)),
    );
    assert.equal(patch?.['phase'], 'Succeeded');
    assert.ok(Array.isArray(patch?.['containerStatuses']));
  });
});

test('restart counts never run backwards', () => {
  const pod = published(runningStatus({ containerStatuses: [aContainerStatus({ restartCount: 7 })] }));
  assert.equal(desired(pod, runningStatus()).containerStatuses?.[0]?.restartCount, 7);
});

test('a container that ended for good does not run again', () => {
  const ended = aContainerStatus({ state: { terminated: { exitCode: 0 } }, ready: false });
  const again = runningStatus({ containerStatuses: [aContainerStatus()] });
  for (const [restartPolicy, stays] of [
    ['Never', true],
    ['OnFailure', true],
    ['Always', false],
  ] as const) {
    const pod = published(runningStatus({ containerStatuses: [ended] }), aPod({ spec: { restartPolicy } }));
    const { state } = desired(pod, again).containerStatuses?.[0] ?? {};
    assert.equal(state?.terminated !== undefined, stays, restartPolicy);
  }
});

test('a container that ended for good runs again where one of its pod may restart all', () => {
  const ended = aContainerStatus({ state: { terminated: { exitCode: 0 } }, ready: false });
  const restartPolicyRules = [
    { action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [42] } },
  ];
  const containers = [{ name: 'main' }, { name: 'other', restartPolicy: 'Never', restartPolicyRules }];
  const spec = { restartPolicy: 'Never', containers };
  const pod = published(runningStatus({ containerStatuses: [ended] }), aPod({ spec }));
  const again = runningStatus({ containerStatuses: [aContainerStatus()] });
  assert.ok(desired(pod, again).containerStatuses?.[0]?.state?.running);
});

test('a report is taken by known names and bounded', () => {
  const report = runningStatus({
    phase: 'Excellent',
    containerStatuses: [
      aContainerStatus({ state: { waiting: { reason: 'X', message: 'm'.repeat(100_000) } } }),
      aContainerStatus({ name: 'stranger' }),
      aContainerStatus({ restartCount: 99 }),
    ],
  });
  const status = desired(aPod(), report);
  assert.equal(status.phase, 'Pending');
  assert.deepEqual(
    status.containerStatuses?.map(({ name, restartCount }) => [name, restartCount]),
    [['main', 0]],
  );
  assert.equal(status.containerStatuses?.[0]?.state?.waiting?.message?.length, 12 * 1024);
});

test('a changed pod IP replaces the old one, one per family', () => {
  const pod = published(runningStatus());
  const moved = published(runningStatus({ podIP: '10.1.0.9', podIPs: [{ ip: '10.1.0.9' }] }), pod);
  assert.deepEqual(moved.status?.podIPs, [{ ip: '10.1.0.9' }]);
});

test('addresses outlive the containers, and startTime never changes', () => {
  const pod = published(runningStatus());
  const status = desired(pod, { ...endedStatus(), podIP: '', podIPs: [], startTime: '2026-01-02T00:00:00Z' });
  assert.equal(status.podIP, '10.1.0.2');
  assert.deepEqual(status.podIPs, [{ ip: '10.1.0.2' }]);
  assert.equal(status.startTime, '2026-01-01T00:00:02Z');
});

test('an IP that may not be published is not', () => {
  const status = desiredStatus({ pod: aPod(), report: runningStatus(), nowMs: NOW, publishPodIP: false });
  assert.equal(status.podIP, undefined);
  assert.equal(status.podIPs, undefined);
  assert.equal(status.hostIP, '192.0.2.10');
});

describe('a lost agent', () => {
  test('turns Ready and ContainersReady False and touches nothing else', () => {
    const pod = published(runningStatus());
    const patch = statusPatch(pod.status, desired(pod, undefined, 'agent a is unreachable'));
    assert.deepEqual(Object.keys(patch ?? {}), ['conditions']);
    const { status } = after(pod, desired(pod, undefined, 'agent a is unreachable'));
    for (const type of ['Ready', 'ContainersReady']) {
      assert.equal(conditionOf(status, type)?.status, 'False');
      assert.equal(conditionOf(status, type)?.reason, 'AgentUnreachable');
    }
    assert.equal(status?.phase, 'Running');
  });

  test('says nothing about a pod that ended', () => {
    const pod = published(endedStatus());
    assert.equal(statusPatch(pod.status, desired(pod, undefined, 'lost')), undefined);
  });
});

describe('the final status', () => {
  test('keeps a reported end', () => {
    assert.equal(final(aPod(), endedStatus(0)).phase, 'Succeeded');
    assert.equal(final(aPod(), endedStatus(3)).containerStatuses?.[0]?.state?.terminated?.exitCode, 3);
  });

  test('of a pod nothing is known of is Failed, with every exit accounted for', () => {
    const status = final(aPod());
    assert.equal(status.phase, 'Failed');
    assert.equal(status.containerStatuses?.[0]?.state?.terminated?.reason, 'ContainerStatusUnknown');
    assert.equal(conditionOf(status, 'Ready')?.status, 'False');
    const observed = final(aPod({ metadata: { generation: 3 } }));
    assert.equal(observed.observedGeneration, 3);
    assert.equal(conditionOf(observed, 'Ready')?.observedGeneration, 3);
  });

  test('what never had its turn has no end: the containers of a pod whose init containers failed', () => {
    const initContainers = [{ name: 'init', image: 'busybox' }];
    const waiting = aContainerStatus({ ready: false, state: { waiting: { reason: 'PodInitializing' } } });
    const report = {
      phase: 'Failed',
      conditions: [{ type: 'Initialized', status: 'False', lastTransitionTime: '2026-01-01T00:00:05Z' }],
      containerStatuses: [waiting],
    };
    const pod = aPod({ spec: { initContainers } });
    const status = finalStatus({ pod, report, nowMs: NOW, publishPodIP: true });
    assert.equal(status.containerStatuses?.[0]?.state?.waiting?.reason, 'PodInitializing');
  });
});

describe('published, a status', () => {
  const reports = fc.oneof(
    fc.constant(undefined),
    fc.constant(runningStatus()),
    fc.constant(endedStatus(0)),
    fc.constant(endedStatus(2)),
    fc
      .record({ restartCount: fc.nat(9), ip: fc.ipV4(), ready: fc.boolean() })
      .map(({ restartCount, ip, ready }) =>
        runningStatus({
          podIP: ip,
          podIPs: [{ ip }],
          containerStatuses: [aContainerStatus({ restartCount, ready })],
          conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
        }),
      ),
  );

  test('is at rest: the same input asks for no second patch', () => {
    fc.assert(
      fc.property(fc.array(reports, { maxLength: 5 }), fc.boolean(), (history, isFinal) => {
        let pod = aPod();
        for (const report of history) {
          pod = after(pod, desired(pod, report));
          assert.equal(statusPatch(pod.status, desired(pod, report)), undefined);
        }
        if (!isFinal) return;
        pod = after(pod, final(pod, history.at(-1)));
        assert.equal(statusPatch(pod.status, final(pod, history.at(-1))), undefined);
      }),
    );
  });
});
