import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentLink } from '../../../../controller/reconcile/agent-link.ts';
import { createPlacementRounds } from '../../../../controller/reconcile/placement-rounds.ts';
import { PodBook } from '../../../../controller/reconcile/pod-book.ts';
import type { PodFleet } from '../../../../controller/reconcile/pod-fleet.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';
import { aContext, anAgent } from '../../../kit/placement.ts';
import { aPod } from '../../../kit/pods.ts';

/** Every look at it takes a millisecond. */
class TickingClock extends ManualClock {
  #ticks = 0;
  override monotonicMs(): number {
    return super.monotonicMs() + this.#ticks++;
  }
}

function scene(clock = new TickingClock()) {
  const book = new PodBook();
  const agents = [anAgent('a'), anAgent('b')];
  const gone = new Set<string>();
  const fleet = {
    placementView: () => aContext(agents.filter(({ uid }) => !gone.has(uid))),
    budgets: () => [],
    link: (uid: string) => (gone.has(uid) ? undefined : ({} as AgentLink)),
  } as unknown as PodFleet;
  const rounds = createPlacementRounds({
    ...{ fleet, book, clock, volumes: aContext([]).volumes },
    isWaiting: ({ placement }) => !placement,
    onPlaceable: () => undefined,
  });
  const arrive = (name: string) => {
    const entry = book.getOrCreate(`uid-${name}`);
    entry.pod = aPod({ name, uid: `uid-${name}` });
    book.note(entry);
    rounds.arrived(entry);
    return entry;
  };
  return { clock, rounds, arrive, gone };
}

test('a round that took time is not begun anew for every change of the fleet, and then is', async () => {
  const { clock, rounds, arrive } = scene();
  assert.equal(rounds.invalidate(), 0);
  rounds.decide(arrive('one'));
  const againInMs = rounds.invalidate();
  assert.ok(againInMs > 0, 'the change waits');
  await clock.advance(againInMs);
  assert.equal(rounds.invalidate(), 0);
});

test('a round that is old places nothing on an agent that has gone', () => {
  const { rounds, arrive, gone } = scene();
  const first = rounds.decide(arrive('one'));
  assert.ok(first?.kind === 'agent');
  // The emptier one, where the next pod would go.
  gone.add(first.placement.agent === 'a' ? 'uid-b' : 'uid-a');
  assert.ok(rounds.invalidate() > 0);
  const entry = arrive('two');
  assert.equal(rounds.decide(entry), undefined, 'it asks again');
  const decision = rounds.decide(entry);
  assert.ok(decision?.kind === 'agent');
  assert.equal(decision.placement.agentUid, first.placement.agentUid);
});
