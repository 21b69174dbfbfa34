import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ContainerView, EndedAttempt } from '../../../../agent/pod/container-view.ts';
import { decideRestart } from '../../../../agent/pod/restart.ts';

const HASH = 'same';

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
    stopped: false,
    containerId: 'docker://1',
    container: undefined,
    ...wish,
  };
  return { kind: 'exited', last };
}

const start = (restartDelayMs: number) => ({ kind: 'start', attempt: 5, restartDelayMs });

describe('decideRestart', () => {
  for (const { name, view, policy = 'Always', decision } of [
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
      view: ended({ hash: 'other', stopped: true, restartDelayMs: 80_000 }),
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
  ]) {
    it(name, () => assert.deepEqual(decideRestart(view, policy, HASH), decision));
  }
});
