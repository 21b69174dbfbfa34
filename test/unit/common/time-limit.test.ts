import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withinMs } from '../../../common/time-limit.ts';
import { ManualClock } from '../../kit/manual-clock.ts';

describe('a limit of time', () => {
  const limited = (action: (signal: AbortSignal) => Promise<string>) => {
    const clock = new ManualClock();
    const leaving = new AbortController();
    let outcome: unknown;
    void withinMs({ ms: 1000, clock, signal: leaving.signal }, action).then(
      (value) => {
        outcome = value;
      },
      (error) => {
        outcome = error.message;
      },
    );
    return { clock, leaving, outcome: () => outcome };
  };
  const deaf = () => new Promise<string>(() => {});

  it('lets through what is in time, and leaves nothing behind', async () => {
    const { clock, outcome } = limited(async () => 'done');
    await clock.advance(0);
    assert.deepEqual([outcome(), clock.sleepers], ['done', 0]);
  });

  it('waits for what ends because it is told so', async () => {
    const { clock, outcome } = limited(
      (signal) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('told so')))),
    );
    await clock.advance(999);
    assert.equal(outcome(), undefined);
    await clock.advance(1);
    assert.deepEqual([outcome(), clock.sleepers], ['context deadline exceeded', 0]);
  });

  it('holds for what does not listen, too', async () => {
    const { clock, outcome } = limited(deaf);
    await clock.advance(1000);
    await clock.advance(2000);
    assert.deepEqual([outcome(), clock.sleepers], ['context deadline exceeded', 0]);
  });

  it('ends with whoever set it', async () => {
    const { clock, leaving, outcome } = limited(deaf);
    leaving.abort(new Error('the agent stops'));
    await clock.advance(2000);
    assert.deepEqual([outcome(), clock.sleepers], ['the agent stops', 0]);
  });
});
