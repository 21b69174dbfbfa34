import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../../../../common/pod.ts';
import { disruptionBudgets } from '../../../../controller/model/placement/disruption-budget.ts';
import { createPlacementRounds } from '../../../../controller/reconcile/placement-rounds.ts';
import { PodBook } from '../../../../controller/reconcile/pod-book.ts';
import type { PodEntry } from '../../../../controller/reconcile/pod-entry.ts';
import type { PodFleet } from '../../../../controller/reconcile/pod-fleet.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';
import { type AgentWish, aContext, anAgent, asking } from '../../../kit/placement.ts';
import { aPod, type PodWish } from '../../../kit/pods.ts';

/** Every look at it takes a millisecond. */
class TickingClock extends ManualClock {
  #ticks = 0;
  override monotonicMs(): number {
    return super.monotonicMs() + this.#ticks++;
  }
}

/** Stands still but for what the judging of each pod takes. */
class WorkingClock extends TickingClock {
  #workedMs = 0;
  override monotonicMs(): number {
    return this.#workedMs;
  }
  work(ms: number): void {
    this.#workedMs += ms;
  }
}

function scene(
  clock = new TickingClock(),
  {
    onDecided = () => undefined,
    onUnfinished = () => undefined,
  }: { onDecided?: () => void; onUnfinished?: () => void } = {},
) {
  const book = new PodBook();
  const agents = new Map([anAgent('a'), anAgent('b')].map((agent) => [agent.name, agent]));
  const fleet = {
    placementView: () => aContext([...agents.values()]),
    placementAgent: (agentUid: string) => [...agents.values()].find(({ uid }) => uid === agentUid),
    budgets: () => disruptionBudgets([]),
  } as unknown as PodFleet;
  const rounds = createPlacementRounds({
    ...{ fleet, book, clock, volumes: aContext([]).volumes },
    isWaiting: ({ placement }) => !placement,
    onPlaceable: () => undefined,
    onUnfinished,
    onDecided,
  });
  const arrive = (name: string, make: (wish: PodWish) => Pod = aPod) => {
    const entry = book.getOrCreate(`uid-${name}`);
    entry.pod = make({ name, uid: `uid-${name}` });
    book.note(entry);
    rounds.arrived(entry);
    return entry;
  };
  return { clock, rounds, book, arrive, agents };
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

const CHANGES: Readonly<Record<string, AgentWish | undefined>> = {
  'has gone': undefined,
  'has lost its connection': { connected: false },
  'is cordoned': { cordoned: true },
  'is being removed': { leaving: true },
  'is its owner’s': { resting: 'in quiet hours' },
  'got a taint': { taints: [{ key: 'guest', effect: 'NoSchedule' }] },
  shrank: { allocatable: { cpu: '500m' } },
};
for (const [change, wish] of Object.entries(CHANGES)) {
  test(`a round that is old places nothing on an agent that ${change} meanwhile`, () => {
    const { rounds, arrive, agents } = scene();
    const arriveAsking = (name: string) => arrive(name, (pod) => asking({ cpu: '3' }, pod));
    const first = rounds.decide(arriveAsking('one'));
    assert.ok(first?.kind === 'agent');
    // Where alone the next pod would fit.
    const other = first.placement.agent === 'a' ? 'b' : 'a';
    if (wish) agents.set(other, anAgent(other, wish));
    else agents.delete(other);
    assert.ok(rounds.invalidate() > 0, 'the round stays');
    const entry = arriveAsking('two');
    assert.equal(rounds.decide(entry), undefined, 'it asks again');
    assert.equal(rounds.decide(entry)?.kind, 'waiting');
  });
}

test('a round that is old ends no pods on an agent that takes no new ones by now', () => {
  const { rounds, book, arrive, agents } = scene();
  agents.delete('b');
  const withPriority = (priority: number) => (pod: PodWish) =>
    asking({ cpu: '3' }, { ...pod, spec: { priority } });
  const low = arrive('low', withPriority(1));
  assert.equal(rounds.decide(low)?.kind, 'agent');
  low.placement = { agent: 'a', agentUid: 'uid-a' };
  book.note(low);
  agents.set('a', anAgent('a', { cordoned: true }));
  assert.ok(rounds.invalidate() > 0, 'the round stays');
  const high = arrive('high', withPriority(5));
  assert.equal(rounds.decide(high), undefined, 'it asks again');
  const decision = rounds.decide(high);
  assert.deepEqual(decision?.kind === 'waiting' && [decision.victims, decision.hold], [undefined, undefined]);
});

test('what is decided stays while the agent changes in ways that leave it fit', () => {
  const { rounds, arrive, agents } = scene();
  agents.delete('b');
  assert.equal(rounds.decide(arrive('one'))?.kind, 'agent');
  agents.set('a', anAgent('a', { allocatable: { cpu: '3' } }));
  assert.ok(rounds.invalidate() > 0, 'the round stays');
  assert.equal(rounds.decide(arrive('two', (pod) => asking({ cpu: '3' }, pod)))?.kind, 'agent');
});

/** Judging a pod takes 20 ms. `goes`: how many were judged each time that somebody asked. */
function slowScene() {
  const clock = new WorkingClock();
  const goes: number[] = [];
  let isUnfinished = false;
  const { rounds, arrive } = scene(clock, {
    onDecided: () => {
      clock.work(20);
      goes.push((goes.pop() ?? 0) + 1);
    },
    onUnfinished: () => {
      isUnfinished = true;
    },
  });
  const finish = () => {
    while (isUnfinished) {
      isUnfinished = false;
      goes.push(0);
      rounds.goOn();
    }
  };
  const ask = (entry: PodEntry) => {
    for (;;) {
      goes.push(0);
      const decision = rounds.decide(entry);
      if (decision) return decision;
    }
  };
  return { arrive, goes, ask, finish };
}
const names = Array.from({ length: 10 }, (_, index) => `pod-${index}`);

test('one go of judging ends when it has taken long, however few pods were judged', () => {
  const { arrive, goes, ask } = slowScene();
  const entries = names.map((name) => arrive(name));
  const last = entries.at(-1);
  assert.ok(last);
  assert.equal(ask(last).kind, 'agent');
  assert.deepEqual(goes, [3, 3, 3, 1]);
  assert.ok(entries.every(({ decision }) => decision?.outcome.kind === 'agent'));
});

test('pods that were held off by others are judged anew in goes that end in time, each of them', () => {
  const { arrive, goes, ask, finish } = slowScene();
  const required = [{ topologyKey: 'longshore.dev/agent', labelSelector: { matchLabels: { app: 'db' } } }];
  const affinity = { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } };
  const entries = names.map((name) => arrive(name, (pod) => aPod({ ...pod, spec: { affinity } })));
  for (const entry of entries) assert.equal(ask(entry).kind, 'waiting');
  goes.length = 0;
  const database = arrive('z-db', (pod) => aPod({ ...pod, metadata: { labels: { app: 'db' } } }));
  assert.equal(ask(database).kind, 'agent');
  assert.deepEqual(goes, [3], 'it does not wait for the others');
  finish();
  assert.ok(Math.max(...goes) <= 3, `judged in one go: ${goes.join(', ')}`);
  assert.ok(entries.every(({ decision }) => decision?.outcome.kind === 'agent'));
});
