// Whatever the fleet and the pods: no agent is given more than it offers, no required rule is broken, the same question
// has the same answer, and what is kept up to date pod by pod is what a fresh count gives.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decide } from '../../../../../controller/model/placement/decide.ts';
import { createLoad, type Occupancy } from '../../../../../controller/model/placement/load.ts';
import { place } from '../../../../../controller/model/placement/place.ts';
import { isLeaving, type PlacedPod } from '../../../../../controller/model/placement/placed-pod.ts';
import { aContext } from '../../../../kit/placement.ts';
import { type Seated, whyNot } from '../../../../kit/placement-oracle.ts';
import {
  type Machine,
  machines,
  makeAgent,
  makePod,
  type Wish,
  wish,
} from '../../../../kit/placement-worlds.ts';

/** Places them one after the other, as rounds do; `judge` hears of each, and of what was there before. */
function placeAll(
  fleet: readonly Machine[],
  wishes: readonly Wish[],
  judge: (made: Wish, agent: string | undefined, there: readonly Seated[]) => void,
  listed = (agents: ReturnType<typeof makeAgent>[]) => agents,
): void {
  const context = aContext(listed(fleet.map(makeAgent)));
  const there: Seated[] = [];
  for (const [index, made] of wishes.entries()) {
    const pod = makePod(made, index);
    const decision = decide(pod, context);
    if (decision.kind === 'waiting' && decision.hold) context.holds.keep(pod, decision.hold);
    const chosen = decision.kind === 'agent' ? decision.placement : undefined;
    judge(made, chosen?.agent, there);
    if (!chosen) continue;
    context.placed.set({ pod, agentUid: chosen.agentUid });
    there.push({ wish: made, at: indexOf(chosen.agent) });
  }
}

const indexOf = (agent: string) => Number(agent.replace('agent-', ''));

const fleets = fc.tuple(machines, fc.array(wish, { maxLength: 16 }));

test('no agent is given more than it offers, and no required rule is broken', () => {
  fc.assert(
    fc.property(fleets, ([fleet, wishes]) => {
      placeAll(fleet, wishes, (made, agent, there) => {
        if (agent === undefined) return;
        assert.equal(whyNot(made, indexOf(agent), { machines: fleet, there }), undefined, agent);
      });
    }),
    { numRuns: 400 },
  );
});

test('a pod waits only where no agent may take it', () => {
  fc.assert(
    fc.property(fleets, ([fleet, wishes]) => {
      const context = aContext(fleet.map(makeAgent));
      const there: Seated[] = [];
      for (const [index, made] of wishes.entries()) {
        const pod = makePod(made, index);
        const outcome = place(pod, context);
        const obstacles = fleet.map((_, at) => whyNot(made, at, { machines: fleet, there }));
        const text = `${JSON.stringify(obstacles)} ${JSON.stringify(outcome)}`;
        assert.equal(outcome.kind === 'agent', obstacles.includes(undefined), text);
        if (outcome.kind !== 'agent') continue;
        context.placed.set({ pod, agentUid: outcome.placement.agentUid });
        there.push({ wish: made, at: indexOf(outcome.placement.agent) });
      }
    }),
    { numRuns: 400 },
  );
});

test('the same question has the same answer, in whatever order the agents are listed', () => {
  fc.assert(
    fc.property(fleets, ([fleet, wishes]) => {
      const answers = (order: Parameters<typeof placeAll>[3]) => {
        const all: (string | undefined)[] = [];
        placeAll(fleet, wishes, (_, agent) => void all.push(agent), order);
        return all;
      };
      assert.deepEqual(
        answers((agents) => agents),
        answers((agents) => agents.toReversed()),
      );
    }),
  );
});

test('the load that is kept up to date is what a fresh count gives, also without some of the pods', () => {
  const change = fc.record({ pod: fc.nat(5), agent: fc.constantFrom('a', 'b', undefined), wish });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
      const kept = createLoad();
      const truth = new Map<string, PlacedPod>();
      for (const { pod, agent: where, wish: made } of changes) {
        const uid = `uid-${pod}`;
        if (where) {
          const one = { pod: makePod(made, pod), agentUid: where };
          kept.set(one);
          truth.set(uid, one);
        } else {
          kept.remove(uid);
          truth.delete(uid);
        }
        const others = [...truth.values()].filter((one) => one.pod.metadata.uid !== uid);
        assert.deepEqual(snapshot(kept.without(uid)), snapshot(createLoad(others)));
        const staying = [...truth.values()].filter((one) => !isLeaving(one.pod));
        assert.deepEqual(snapshot(kept.settled()), snapshot(createLoad(staying)));
      }
      assert.deepEqual(snapshot(kept), snapshot(createLoad(truth.values())));
    }),
  );
});

function snapshot(load: Occupancy) {
  return {
    occupants: ['a', 'b'].map((uid) => [...load.on(uid).occupants.keys()].sort()),
    requests: ['a', 'b'].map((uid) => load.on(uid).requests),
    byPriority: ['a', 'b'].map((uid) => load.on(uid).requestsByPriority),
    groups: [...load.groups()]
      .filter(({ agents }) => agents.size > 0)
      .map(({ namespace, labels, agents }) => JSON.stringify([namespace, labels, [...agents].sort()]))
      .sort(),
  };
}
