import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../../../../../common/pod.ts';
import { anAgent, asking, on, placed } from '../../../../kit/placement.ts';
import { aPod } from '../../../../kit/pods.ts';

type Constraint = NonNullable<Pod['spec']['topologySpreadConstraints']>[number];

const constraint = (wish: Partial<Constraint> = {}): Constraint => ({
  topologyKey: 'longshore.dev/agent-domain',
  maxSkew: 1,
  whenUnsatisfiable: 'DoNotSchedule',
  labelSelector: { matchLabels: { app: 'web' } },
  ...wish,
});

let serial = 0;
function web(wish: Partial<Constraint> | undefined = {}, metadata: Partial<Pod['metadata']> = {}): Pod {
  serial += 1;
  return aPod({
    uid: `uid-${serial}`,
    name: `web-${serial}`,
    metadata: { labels: { app: 'web' }, ...metadata },
    spec: wish ? { topologySpreadConstraints: [constraint(wish)] } : {},
  });
}

const agents = [anAgent('a'), anAgent('b'), anAgent('c')];

/** Places so many, one after the other: how many each agent got. */
function spread(count: number, make: () => Pod, fleet = agents): Record<string, number> {
  const there: { pod: Pod; agentUid: string }[] = [];
  const counts: Record<string, number> = {};
  for (let index = 0; index < count; index++) {
    const pod = make();
    const answer = placed(pod, fleet, there);
    there.push(on(answer, pod));
    counts[answer] = (counts[answer] ?? 0) + 1;
  }
  return counts;
}

test('nine replicas over three agents are three each', () => {
  assert.deepEqual(
    spread(9, () => web()),
    { a: 3, b: 3, c: 3 },
  );
  const soft = { topologyKey: 'longshore.dev/agent', whenUnsatisfiable: 'ScheduleAnyway' };
  assert.deepEqual(
    spread(9, () => web(soft)),
    { a: 3, b: 3, c: 3 },
  );
});

test('what would skew too far waits, and an agent without the label is none for it', () => {
  const racks = [
    anAgent('a', { labels: { rack: 'r1' } }),
    anAgent('b', { labels: { rack: 'r2' }, cordoned: true }),
    anAgent('c'),
  ];
  const byRack = { topologyKey: 'rack' };
  const there = [on('a', web(byRack))];
  assert.equal(
    placed(web(byRack), racks, there),
    "0/3 agents fit: 1 cordoned, 1 didn't match pod topology spread constraints, 1 didn't match pod topology spread constraints (missing required label)",
  );
  assert.equal(placed(web({ ...byRack, maxSkew: 2 }), racks, there), 'a');
});

test('each of several constraints counts, on agents that are in a domain of all of them', () => {
  const racks = [
    anAgent('a', { labels: { rack: 'r1' } }),
    anAgent('b', { labels: { rack: 'r2' } }),
    anAgent('c'),
  ];
  const twice = (first: Partial<Constraint>, second: Partial<Constraint>): Pod => {
    const pod = web();
    pod.spec.topologySpreadConstraints = [constraint(first), constraint(second)];
    return pod;
  };
  const strangers = ['1', '2'].map((name) => on('b', aPod({ uid: `uid-s-${name}`, name: `s-${name}` })));
  const there = [on('a', web()), ...strangers];
  assert.equal(placed(twice({ maxSkew: 5 }, { topologyKey: 'rack' }), racks, there), 'b');
  const byAgent = () => twice({}, { topologyKey: 'rack', maxSkew: 5 });
  assert.deepEqual(spread(4, byAgent, racks), { a: 2, b: 2 });
});

test('taints, cordons and affinity make an agent no domain where the constraint says so', () => {
  const two = [anAgent('a'), anAgent('b', { cordoned: true })];
  const there = [on('a', web())];
  assert.match(placed(web(), two, there), /1 cordoned, 1 didn't match pod topology/);
  assert.equal(placed(web({ nodeTaintsPolicy: 'Honor' }), two, there), 'a');
  const pinned = web();
  pinned.spec.nodeSelector = { 'agent.longshore.dev/a': 'true' };
  assert.equal(placed(pinned, two, there), 'a');
  const honest = web({ nodeAffinityPolicy: 'Ignore' });
  honest.spec.nodeSelector = { 'agent.longshore.dev/a': 'true' };
  assert.match(placed(honest, two, there), /didn't match pod topology spread/);
});

test('a machine that was switched off is no domain', () => {
  const two = [anAgent('a'), anAgent('b', { ready: false, connected: false })];
  assert.equal(placed(web(), two, [on('a', web()), on('a', web())]), 'a');
});

test('minDomains asks for as many agents', () => {
  const there = [on('a', web()), on('b', web()), on('c', web())];
  assert.equal(placed(web({ minDomains: 3 }), agents, there), 'a');
  assert.match(
    placed(web({ minDomains: 4 }), agents, there),
    /^0\/3 agents fit: 3 didn't match pod topology/,
  );
});

test('pods being deleted do not count, nor do those of another revision when matchLabelKeys tells them apart', () => {
  const two = [anAgent('a'), anAgent('b')];
  const going = web({}, { deletionTimestamp: '2026-01-01T00:00:00Z' });
  assert.equal(placed(web(), two, [on('a', going), on('b', web())]), 'a');
  const revision = (hash: string) => web({ matchLabelKeys: ['hash'] }, { labels: { app: 'web', hash } });
  const old = [on('a', revision('1')), on('a', revision('1')), on('b', revision('2'))];
  assert.equal(placed(revision('2'), two, old), 'a');
});

test('without constraints, pods of one controller prefer different agents', () => {
  const owned = (owner: string) =>
    web(undefined, {
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: owner, uid: owner, controller: true },
      ],
    });
  const withRequests = () => ({ ...owned('one'), spec: asking({ cpu: '100m' }).spec });
  assert.deepEqual(spread(6, withRequests), { a: 2, b: 2, c: 2 });
});

test('a hostname means the whole node, which the scheduler has judged', () => {
  const byHost = { topologyKey: 'kubernetes.io/hostname' };
  assert.equal(placed(web(byHost), [anAgent('a')], [on('a', web()), on('a', web())]), 'a');
});
