// How long a command that Docker is told to start keeps others from being started.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { holdTurn } from '../../../../agent/runtime/exec-turn.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';

type Look = 'starting' | 'running' | 'ended' | 'gone' | 'away' | 'silent';

const FOUND = { starting: [0, null], running: [4711, null], ended: [0, 126] } as const;

function aTurn() {
  const turn = { looks: 0, shows: 'starting' as Look, isOver: false };
  const clock = new ManualClock();
  const left = new AbortController();
  const inspect = async () => {
    turn.looks++;
    const { shows } = turn;
    if (shows === 'silent') return new Promise<never>(() => {});
    if (shows === 'away') throw new Error('connect ECONNREFUSED');
    if (shows === 'gone') throw Object.assign(new Error('no such exec'), { statusCode: 404 });
    const [Pid, ExitCode] = FOUND[shows];
    return { Pid, ExitCode, Running: shows !== 'ended' } as never;
  };
  const endTurn = () => {
    turn.isOver = true;
  };
  const release = holdTurn(endTurn, { inspect }, { clock, signal: left.signal });
  return { turn, clock, left, release };
}

describe('the turn of a command that is started', () => {
  for (const shows of ['running', 'ended', 'gone', 'away'] as const) {
    it(`lasts while it is starting, and is over once it is ${shows}`, async () => {
      const { turn, clock } = aTurn();
      await clock.advance(2000);
      assert.equal(turn.isOver, false);
      turn.shows = shows;
      await clock.advance(1000);
      assert.equal(turn.isOver, true);
    });
  }

  it('is over at once, and nothing is looked at, when who reads its output says so', async () => {
    const { turn, clock, release } = aTurn();
    release();
    assert.equal(turn.isOver, true);
    await clock.advance(5000);
    assert.deepEqual([turn.looks, clock.sleepers], [0, 0]);
  });

  it('is over when its client leaves', async () => {
    const { turn, clock, left } = aTurn();
    left.abort();
    await clock.advance(0);
    assert.equal(turn.isOver, true);
    await clock.advance(5000);
    assert.deepEqual([turn.looks, clock.sleepers], [0, 0]);
  });

  for (const shows of ['starting', 'silent'] as const) {
    it(`is over in a while where Docker shows nothing else than ${shows}, with few looks`, async () => {
      const { turn, clock } = aTurn();
      turn.shows = shows;
      await clock.advance(14_000);
      assert.equal(turn.isOver, false);
      await clock.advance(4000);
      assert.equal(turn.isOver, true);
      assert.ok(turn.looks <= 16, `${turn.looks} looks`);
      assert.equal(clock.sleepers, 0);
    });
  }
});
