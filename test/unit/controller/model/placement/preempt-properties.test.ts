// Whatever the fleet and the pods: those that end make room for the one that needs it, none of them could have been spared,
// nobody of higher priority or under a budget ends where that was not needed, and what is counted once for all agents gives
// what counting anew for each gives.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decide } from '../../../../../controller/model/placement/decide.ts';
import { disruptionBudgets } from '../../../../../controller/model/placement/disruption-budget.ts';
import { createHolds } from '../../../../../controller/model/placement/holds.ts';
import { place } from '../../../../../controller/model/placement/place.ts';
import type { PlacedPod } from '../../../../../controller/model/placement/placed-pod.ts';
import { aContext } from '../../../../kit/placement.ts';
import { type Seated, whyNot } from '../../../../kit/placement-oracle.ts';
import { machines, makeAgent, makePod, nameOf, wish } from '../../../../kit/placement-worlds.ts';
import { plainPreemption } from '../../../../kit/preemption-oracle.ts';

const PROTECTED_APP = 'red';

const sitting = fc
  .tuple(wish, fc.constantFrom(0, 0, 5, 10))
  .map(([made, priority]) => ({ ...made, priority, leaving: false }));
const wanted = fc
  .tuple(wish, fc.constantFrom(5, 10, 20))
  .map(([made, priority]) => ({ ...made, priority, leaving: false }));

test('what ends makes room, is needed for it, and is the least that must be asked', () => {
  let [preempting, inVain] = [0, 0];
  fc.assert(
    fc.property(
      fc.record({
        fleet: machines,
        sitting: fc.array(sitting, { maxLength: 16 }),
        wanted,
        guarded: fc.boolean(),
      }),
      ({ fleet, sitting: wishes, wanted: made, guarded }) => {
        const budget = {
          namespace: 'default',
          selector: { matchLabels: { app: PROTECTED_APP } },
          allowed: 0,
          disrupted: new Set<string>(),
        };
        const context = aContext(fleet.map(makeAgent), {
          budgets: disruptionBudgets(guarded ? [budget] : []),
        });
        const there: Seated[] = [];
        const seats = new Map<string, Seated>();
        for (const [index, one] of wishes.entries()) {
          const pod = makePod(one, index);
          const outcome = place(pod, context);
          if (outcome.kind !== 'agent') continue;
          const { agent, agentUid } = outcome.placement;
          context.placed.set({ pod, agentUid });
          const seat = { wish: one, at: Number(agent.replace('agent-', '')) };
          there.push(seat);
          seats.set(pod.metadata.uid, seat);
        }
        const decision = decide(makePod(made, wishes.length), context);
        if (decision.kind !== 'waiting') return;

        const fitsWithout = (gone: readonly Seated[], at: number) =>
          whyNot(made, at, { machines: fleet, there: there.filter((seat) => !gone.includes(seat)) }) ===
          undefined;
        const isGuarded = ({ wish: { app, namespace } }: Seated) =>
          guarded && app === PROTECTED_APP && namespace === 'default';
        /** Some agent would do if all pods there that this says were gone. */
        const wouldDo = (mayEnd: (seat: Seated) => boolean) =>
          fleet.some((_, at) => {
            const lesser = there.filter((seat) => seat.at === at && seat.wish.priority < made.priority);
            return fitsWithout(lesser.filter(mayEnd), at);
          });

        const victims = (decision.victims ?? []).flatMap(({ metadata }) => seats.get(metadata.uid) ?? []);
        if (victims.length === 0) {
          inVain += 1;
          assert.ok(!wouldDo(() => true), 'pods of lower priority are in its way');
          return;
        }
        preempting += 1;
        const at = Number(decision.hold?.replace('uid-agent-', ''));
        assert.equal(victims.length, decision.victims?.length);
        for (const victim of victims) {
          assert.equal(victim.at, at);
          assert.ok(victim.wish.priority < made.priority);
          const others = victims.filter((other) => other !== victim);
          assert.ok(!fitsWithout(others, at), 'one of them could have been spared');
        }
        assert.ok(fitsWithout(victims, at), 'it has room then');
        if (victims.some(isGuarded)) assert.ok(!wouldDo((seat) => !isGuarded(seat)), 'a budget was broken');
        const highest = Math.max(...victims.map((victim) => victim.wish.priority));
        if (!guarded)
          assert.ok(!wouldDo((seat) => seat.wish.priority < highest), 'lesser pods would have done');
      },
    ),
    { numRuns: 600 },
  );
  assert.ok(preempting > 20 && inVain > 20, `the cases are among them: ${preempting}, ${inVain}`);
});

const budget = fc.record({
  namespace: fc.constantFrom('default', 'other'),
  selector: fc.constantFrom({ matchLabels: { app: 'red' } }, { matchLabels: { app: 'green' } }, {}),
  allowed: fc.constantFrom(0, 1, 2),
  disrupted: fc.subarray(['pod-0', 'pod-1', 'pod-2', 'pod-3']).map((names) => new Set(names)),
});
const STARTS = ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z', '2026-01-03T00:00:00Z'];

test('the same pods end as by counting everything anew for each agent and each pod that might be spared', () => {
  let [preempting, inVain] = [0, 0];
  fc.assert(
    fc.property(
      fc.record({
        fleet: machines,
        sitting: fc.array(fc.record({ made: sitting, leaving: fc.nat(5), start: fc.nat(2) }), {
          maxLength: 16,
        }),
        wanted,
        budgets: fc.array(budget, { maxLength: 3 }),
        keptOn: fc.option(fc.tuple(fc.nat(4), wish), { nil: undefined }),
      }),
      ({ fleet, sitting: wishes, wanted: made, budgets, keptOn }) => {
        const holds = createHolds();
        const context = aContext(fleet.map(makeAgent), { budgets: disruptionBudgets(budgets), holds });
        const there: PlacedPod[] = [];
        for (const [index, { made: one, leaving, start }] of wishes.entries()) {
          const like = makePod({ ...one, leaving: leaving === 0 }, index);
          const pod = { ...like, status: { phase: 'Running', startTime: STARTS[start] } };
          const outcome = place(pod, context);
          if (outcome.kind !== 'agent') continue;
          const placed = { pod, agentUid: outcome.placement.agentUid };
          context.placed.set(placed);
          there.push(placed);
        }
        if (keptOn) {
          const [at, other] = keptOn;
          holds.keep(makePod({ ...other, priority: 30 }, wishes.length + 1), `uid-${nameOf(at)}`);
        }
        const pod = makePod(made, wishes.length);
        const expected = plainPreemption(pod, context, there);
        const decision = decide(pod, context);
        const found = decision.kind === 'waiting' && decision.victims !== undefined ? decision : undefined;
        if (expected) preempting += 1;
        else if (decision.kind === 'waiting') inVain += 1;
        assert.deepEqual(
          found && { agent: found.hold, names: found.victims?.map(({ metadata }) => metadata.name) },
          expected && { ...expected, agent: `uid-${expected.agent}` },
        );
      },
    ),
    { numRuns: 600 },
  );
  assert.ok(preempting > 20 && inVain > 20, `the cases are among them: ${preempting}, ${inVain}`);
});
