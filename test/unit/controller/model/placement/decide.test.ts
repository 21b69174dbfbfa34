import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../../../../../common/pod.ts';
import { type Decision, decide } from '../../../../../controller/model/placement/decide.ts';
import { createHolds } from '../../../../../controller/model/placement/holds.ts';
import {
  isReserving,
  reservationChangesInMs,
} from '../../../../../controller/model/placement/reservation.ts';
import { aContext, anAgent, asking, on } from '../../../../kit/placement.ts';
import { aPod } from '../../../../kit/pods.ts';

const small = (name: string, wish: Partial<Pod['metadata']> = {}, priority = 0) =>
  asking({ cpu: '1' }, { uid: `uid-${name}`, name, metadata: wish, spec: { priority } });
const large = (name: string, wish: Partial<Pod['metadata']> = {}, priority = 0) =>
  asking({ cpu: '4' }, { uid: `uid-${name}`, name, metadata: wish, spec: { priority } });
const reject = { annotations: { 'longshore.dev/unplaceable': 'reject' } };

function summary(decision: Decision): string {
  if (decision.kind === 'agent') return decision.placement.agent;
  return decision.kind === 'waiting' ? decision.summary : `${decision.reason}: ${decision.message}`;
}

test('room is kept where pods that are ending will leave enough, and nobody is ended for it', () => {
  const there = [
    on('a', small('a1', {}, -1)),
    on('b', small('b1', { deletionTimestamp: '2026-01-01T00:00:00Z' })),
  ];
  const decision = decide(large('big', {}, 9), aContext([anAgent('a'), anAgent('b')], { placed: there }));
  assert.equal(summary(decision), '0/2 agents fit: 2 insufficient cpu; waits for pods that are ending on b');
  assert.equal(decision.kind === 'waiting' && decision.hold, 'uid-b');
  assert.equal(decision.kind === 'waiting' && decision.victims, undefined);
});

test('pods of lower priority end for one of higher, and room is kept for it there', () => {
  const there = [on('a', small('a1'))];
  const decision = decide(large('big', {}, 9), aContext([anAgent('a')], { placed: there }));
  assert.equal(summary(decision), '0/1 agents fit: 1 insufficient cpu; ends 1 pod of lower priority on a');
  assert.deepEqual(
    decision.kind === 'waiting' && [decision.hold, decision.victims?.map(({ metadata }) => metadata.name)],
    ['uid-a', ['a1']],
  );
});

test('room that is kept holds off those behind in the queue, and nobody before', () => {
  const holds = createHolds();
  holds.keep(large('big', { creationTimestamp: '2026-01-01T00:05:00Z' }), 'uid-a');
  const context = aContext([anAgent('a')], { holds });
  const at = (minute: number, priority = 0) =>
    small('s', { creationTimestamp: `2026-01-01T00:0${minute}:00Z` }, priority);
  assert.equal(summary(decide(at(6), context)), '0/1 agents fit: 1 reserved for default/big');
  assert.equal(summary(decide(at(4), context)), 'a');
  assert.equal(summary(decide(at(6, 1), context)), 'a');
  assert.equal(summary(decide(aPod(), context)), 'a', 'a pod that asks for nothing takes nothing away');
});

test('an agent is kept free for a pod that has waited for long, where least is missing', () => {
  const there = [on('a', small('a1')), on('a', small('a2')), on('b', small('b1'))];
  const agents = [anAgent('a'), anAgent('b'), anAgent('c', { allocatable: { cpu: '2' } })];
  const after = (waitedMs: number) => decide(large('big'), aContext(agents, { placed: there, waitedMs }));
  const early = after(29_000);
  assert.equal(summary(early), '0/3 agents fit: 3 insufficient cpu');
  assert.equal(early.kind === 'waiting' && early.changesInMs, 1000);
  const late = after(30_000);
  assert.equal(summary(late), '0/3 agents fit: 3 insufficient cpu; b is kept free for it');
  assert.equal(late.kind === 'waiting' && late.hold, 'uid-b');
  assert.equal(summary(after(630_000)), '0/3 agents fit: 3 insufficient cpu');
  assert.equal(summary(after(1_230_000)), '0/3 agents fit: 3 insufficient cpu; b is kept free for it');
});

test('nothing is kept free for a pod too large for every machine, nor more than a quarter of the fleet', () => {
  const huge = asking({ cpu: '5' });
  const waitedMs = 60_000;
  const decision = decide(huge, aContext([anAgent('a')], { waitedMs }));
  assert.equal(decision.kind === 'waiting' && decision.hold, undefined);
  const holds = createHolds();
  holds.keep(large('first'), 'uid-a');
  const there = ['a', 'b', 'c', 'd'].map((name) => on(name, small(`${name}1`)));
  const fleet = ['a', 'b', 'c', 'd'].map((name) => anAgent(name));
  const second = decide(large('second'), aContext(fleet, { placed: there, holds, waitedMs }));
  assert.equal(second.kind === 'waiting' && second.hold, undefined);
});

test('a reservation lasts ten minutes out of every twenty, and says when it changes', () => {
  let changes = 0;
  for (let ms = 0; ms < 3_600_000; ) {
    const inMs = reservationChangesInMs(ms);
    assert.ok(inMs > 0);
    assert.equal(isReserving(ms), isReserving(ms + inMs - 1));
    assert.notEqual(isReserving(ms), isReserving(ms + inMs));
    ms += inMs;
    changes += 1;
  }
  assert.equal(changes, 7);
});

test('a pod that would rather fail is rejected as a kubelet words it, once that is certain', () => {
  const busy = [on('a', large('a1'))];
  assert.equal(
    summary(decide(small('s', reject), aContext([anAgent('a')], { placed: busy }))),
    "OutOfcpu: Node didn't have enough resource: cpu: 0/1 agents fit: 1 insufficient cpu",
  );
  const pinned = aPod({ metadata: reject, spec: { nodeSelector: { disk: 'ssd' } } });
  assert.equal(
    summary(decide(pinned, aContext([anAgent('a')]))),
    "NodeAffinity: Predicate NodeAffinity failed: 0/1 agents fit: 1 didn't match node affinity/selector",
  );
  const away = anAgent('b', { ready: false });
  assert.match(
    summary(decide(small('s', reject), aContext([anAgent('a'), away], { placed: busy }))),
    /^0\/2/,
  );
  assert.match(summary(decide(small('s', reject), aContext([]))), /^0\/0/);
  const going = [on('a', large('a1', { deletionTimestamp: '2026-01-01T00:00:00Z' }))];
  assert.match(
    summary(decide(small('s', reject), aContext([anAgent('a')], { placed: going }))),
    /waits for pods/,
  );
});
