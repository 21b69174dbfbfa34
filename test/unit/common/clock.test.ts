import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { backoff } from '../../../common/backoff.ts';
import { systemClock } from '../../../common/clock.ts';
import { describeError, errorCode, isAbort, LongshoreError } from '../../../common/errors.ts';
import { agentNameFromHostname, isAgentName } from '../../../common/names.ts';

describe('systemClock.sleep', () => {
  it('rejects with the reason when the signal aborts, before or during', async () => {
    const reason = new Error('leaving');
    await assert.rejects(systemClock.sleep(60_000, AbortSignal.abort(reason)), reason);
    const controller = new AbortController();
    const sleeping = systemClock.sleep(60_000, controller.signal);
    controller.abort(reason);
    await assert.rejects(sleeping, reason);
  });

  it('ends at once for times in the past', async () => {
    await systemClock.sleep(-5);
  });
});

describe('backoff', () => {
  it('doubles up to its cap and leaves the value it came from alone', () => {
    const first = backoff({ initialMs: 10, maxMs: 45 });
    const delays = [first, first.next(), first.next().next(), first.next().next().next()];
    assert.deepEqual(
      delays.map((step) => step.delayMs),
      [10, 20, 40, 45],
    );
    assert.equal(first.delayMs, 10);
  });

  it('takes its jitter off, never on', () => {
    const step = backoff({ initialMs: 100, maxMs: 100, jitter: 0.5, random: () => 0.999 });
    assert.ok(step.delayMs >= 50 && step.delayMs <= 100);
  });
});

describe('errors', () => {
  it('are described in one line with their causes, each said once', () => {
    const error = new LongshoreError('unavailable', 'cannot reach the controller', {
      cause: new Error('connect ECONNREFUSED\n 127.0.0.1:1', { cause: new Error('connect ECONNREFUSED') }),
    });
    assert.equal(describeError(error), 'cannot reach the controller: connect ECONNREFUSED 127.0.0.1:1');
    assert.equal(errorCode(error), 'unavailable');
    assert.equal(errorCode('text'), 'internal');
  });

  it('survive a cause that points at itself', () => {
    const error = new Error('loop');
    error.cause = error;
    assert.equal(describeError(error), 'loop');
  });

  it('know an abort', () => {
    assert.ok(isAbort(AbortSignal.abort().reason));
    assert.ok(!isAbort(new Error('x')));
  });
});

describe('agent names', () => {
  const cases: [string, string | undefined][] = [
    ['garage-pi', 'garage-pi'],
    ['Garage_PI.lan', 'garage-pi'],
    ['-x-', 'x'],
    ['...', undefined],
    ['ümlaut', 'mlaut'],
    ['a'.repeat(80), 'a'.repeat(63)],
  ];
  for (const [hostname, expected] of cases) {
    it(`makes ${JSON.stringify(hostname.slice(0, 20))} into ${expected?.slice(0, 20)}`, () => {
      assert.equal(agentNameFromHostname(hostname), expected);
      if (expected) assert.ok(isAgentName(expected));
    });
  }
});
