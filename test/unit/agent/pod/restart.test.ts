import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { containerHash } from '../../../../agent/pod/container-hash.ts';
import type { ContainerView, EndedAttempt } from '../../../../agent/pod/container-view.ts';
import type { ContainerKind, PodContainer } from '../../../../agent/pod/pod-containers.ts';
import { decideRestart } from '../../../../agent/pod/restart.ts';
import { aPod } from '../../../kit/pods.ts';

const MAIN: PodContainer = { name: 'main', image: 'busybox' };
const HASH = containerHash(MAIN);

function ended(wish: Partial<EndedAttempt>): ContainerView {
  const last: EndedAttempt = {
    exitCode: 1,
    reason: 'Error',
    message: '',
    startedAtMs: 0,
    finishedAtMs: 0,
    agoMs: 0,
    attempt: 4,
    hash: HASH,
    restartDelayMs: 0,
    lifetimeMs: 1000,
    stopCause: undefined,
    containerId: 'docker://1',
    container: undefined,
    ...wish,
  };
  return { kind: 'exited', last };
}

const rule = (operator: string, ...values: number[]) => ({
  action: 'Restart',
  exitCodes: { operator, values },
});
const start = (restartDelayMs: number) => ({ kind: 'start', attempt: 5, restartDelayMs });

describe('decideRestart', () => {
  const cases: {
    name: string;
    view: ContainerView;
    policy?: string;
    kind?: ContainerKind;
    own?: Partial<PodContainer>;
    decision: object;
  }[] = [
    {
      name: 'starts what never ran',
      view: { kind: 'absent', attempt: 0 } as const,
      policy: 'Never',
      decision: { kind: 'start', attempt: 0, restartDelayMs: 0 },
    },
    { name: 'restarts the first end at once', view: ended({}), decision: start(10_000) },
    {
      name: 'doubles the wait',
      view: ended({ restartDelayMs: 20_000, agoMs: 20_000 }),
      decision: start(40_000),
    },
    {
      name: 'caps the wait',
      view: ended({ restartDelayMs: 300_000, agoMs: 300_000 }),
      decision: start(300_000),
    },
    {
      name: 'waits out what is left',
      view: ended({ restartDelayMs: 20_000, agoMs: 5000 }),
      decision: { kind: 'wait', delayMs: 20_000, remainingMs: 15_000 },
    },
    {
      name: 'forgets after ten minutes',
      view: ended({ restartDelayMs: 160_000, lifetimeMs: 600_000 }),
      decision: start(10_000),
    },
    { name: 'restarts a success under Always', view: ended({ exitCode: 0 }), decision: start(10_000) },
    {
      name: 'leaves a success under OnFailure',
      view: ended({ exitCode: 0 }),
      policy: 'OnFailure',
      decision: { kind: 'leave' },
    },
    {
      name: 'restarts a failure under OnFailure',
      view: ended({}),
      policy: 'OnFailure',
      decision: start(10_000),
    },
    { name: 'leaves a failure under Never', view: ended({}), policy: 'Never', decision: { kind: 'leave' } },
    {
      name: 'puts the new definition in the place of what was stopped for it, under Never too, without a wait',
      view: ended({ hash: 'other', stopCause: 'definition', restartDelayMs: 80_000 }),
      policy: 'Never',
      decision: start(0),
    },
    {
      name: 'starts a changed definition under Always without a wait',
      view: ended({ hash: 'other', restartDelayMs: 80_000 }),
      decision: start(0),
    },
    {
      name: 'leaves what ended by itself under Never, whatever its definition has become',
      view: ended({ hash: 'other' }),
      policy: 'Never',
      decision: { kind: 'leave' },
    },
    {
      name: 'leaves a success under OnFailure, whatever its definition has become',
      view: ended({ hash: 'other', exitCode: 0 }),
      policy: 'OnFailure',
      decision: { kind: 'leave' },
    },
    {
      name: 'leaves an init container that has done its work, under Always too',
      view: ended({ exitCode: 0 }),
      kind: 'init',
      decision: { kind: 'leave' },
    },
    {
      name: 'tries a failed init container again under Always',
      view: ended({}),
      kind: 'init',
      decision: start(10_000),
    },
    {
      name: 'leaves a failed init container under Never',
      view: ended({}),
      kind: 'init',
      policy: 'Never',
      decision: { kind: 'leave' },
    },
    {
      name: 'restarts a sidecar after any end, under Never too',
      view: ended({ exitCode: 0 }),
      kind: 'sidecar',
      policy: 'Never',
      own: { restartPolicy: 'Always' },
      decision: start(10_000),
    },
    {
      name: 'never starts an ephemeral container a second time',
      view: ended({}),
      kind: 'ephemeral',
      decision: { kind: 'leave' },
    },
    {
      name: 'goes by the container\u2019s own policy before the pod\u2019s',
      view: ended({}),
      own: { restartPolicy: 'Never' },
      decision: { kind: 'leave' },
    },
    {
      name: 'goes by a rule that names the exit code before any policy',
      view: ended({ exitCode: 42 }),
      own: { restartPolicy: 'Never', restartPolicyRules: [rule('In', 42)] },
      decision: start(10_000),
    },
    {
      name: 'goes by the policy when no rule names the exit code',
      view: ended({ exitCode: 1 }),
      own: { restartPolicy: 'Never', restartPolicyRules: [rule('In', 42)] },
      decision: { kind: 'leave' },
    },
    {
      name: 'reads NotIn as every exit code but those',
      view: ended({ exitCode: 1 }),
      own: { restartPolicy: 'Never', restartPolicyRules: [rule('NotIn', 42)] },
      decision: start(10_000),
    },
  ];
  for (const { name, view, policy = 'Always', kind = 'regular', own, decision } of cases) {
    it(name, () => {
      const pod = aPod({ spec: { restartPolicy: policy, containers: [MAIN] } });
      assert.deepEqual(decideRestart(view, { kind, spec: { ...MAIN, ...own } }, pod), decision);
    });
  }
});
