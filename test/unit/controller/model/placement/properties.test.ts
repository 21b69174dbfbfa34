// Whatever the fleet and the pods: no agent is given more than it offers, no required rule is broken, the same question
// has the same answer, and what is kept up to date pod by pod is what a fresh count gives.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Pod } from '../../../../../common/pod.ts';
import { matchesAgent, readAgentSelector } from '../../../../../controller/model/placement/agent-selector.ts';
import { decide } from '../../../../../controller/model/placement/decide.ts';
import { hostPorts, takenPort } from '../../../../../controller/model/placement/host-ports.ts';
import { createLoad, type PlacedPod } from '../../../../../controller/model/placement/load.ts';
import { nodeAffinity } from '../../../../../controller/model/placement/node-affinity.ts';
import type { PlacementAgent } from '../../../../../controller/model/placement/placement-agent.ts';
import { WELL_KNOWN_KEYS } from '../../../../../controller/model/placement/presence-labels.ts';
import { podRequests } from '../../../../../controller/model/placement/resources.ts';
import { untolerated } from '../../../../../controller/model/placement/taints.ts';
import { aContext, anAgent } from '../../../../kit/placement.ts';
import { aPod } from '../../../../kit/pods.ts';

const APPS = ['red', 'green', 'blue'];
const app = fc.constantFrom(...APPS);
const sometimes = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 3 });

const agent = fc.record({
  cpu: fc.constantFrom('1', '2', '4'),
  rack: sometimes(fc.constantFrom('left', 'right')),
  disk: sometimes(fc.constantFrom('ssd', 'hdd')),
  taint: sometimes(fc.constantFrom('NoSchedule' as const, 'NoExecute' as const, 'PreferNoSchedule' as const)),
  ready: fc.boolean(),
  cordoned: fc.constantFrom(false, false, true),
});

const wish = fc.record({
  app,
  cpu: fc.constantFrom('0', '500m', '1', '2', '3'),
  port: sometimes(fc.constantFrom(80, 443)),
  disk: sometimes(fc.constantFrom('ssd', 'hdd')),
  selector: sometimes(fc.constantFrom('rack=left', '!disk', 'rack in (left,right)', 'nonsense is')),
  tolerates: fc.boolean(),
  apart: sometimes(fc.record({ app, key: fc.constantFrom('longshore.dev/agent', 'rack') })),
  spread: sometimes(fc.record({ maxSkew: fc.constantFrom(1, 2) })),
  priority: fc.constantFrom(0, 0, 10),
  leaving: fc.constantFrom(false, false, true),
});

type AgentWish = typeof agent extends fc.Arbitrary<infer T> ? T : never;
type Wish = typeof wish extends fc.Arbitrary<infer T> ? T : never;

function makeAgent(made: AgentWish, index: number): PlacementAgent {
  const { cpu, rack, disk, taint, ready, cordoned } = made;
  return anAgent(`agent-${index}`, {
    labels: { ...(rack && { rack }), ...(disk && { disk }) },
    taints: taint ? [{ key: 'special', effect: taint }] : [],
    allocatable: { cpu, pods: '4' },
    ready,
    connected: ready,
    cordoned,
  });
}

function makePod(made: Wish, index: number): Pod {
  const { port, disk, apart, spread } = made;
  return aPod({
    uid: `uid-${index}`,
    name: `pod-${index}`,
    metadata: {
      labels: { app: made.app },
      ...(made.selector && { annotations: { 'longshore.dev/agent-selector': made.selector } }),
      ...(made.leaving && { deletionTimestamp: '2026-01-01T00:00:00Z' }),
    },
    spec: {
      priority: made.priority,
      nodeSelector: disk ? { disk } : {},
      tolerations: made.tolerates ? [{ key: 'special', operator: 'Exists' }] : [],
      containers: [
        {
          name: 'main',
          resources: { requests: { cpu: made.cpu } },
          ...(port && { ports: [{ containerPort: port, hostPort: port }] }),
        },
      ],
      ...(apart && {
        affinity: {
          podAntiAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [
              { topologyKey: apart.key, labelSelector: { matchLabels: { app: apart.app } } },
            ],
          },
        },
      }),
      ...(spread && {
        topologySpreadConstraints: [
          {
            topologyKey: 'longshore.dev/agent-domain',
            whenUnsatisfiable: 'DoNotSchedule',
            maxSkew: spread.maxSkew,
            labelSelector: { matchLabels: { app: made.app } },
          },
        ],
      }),
    },
  });
}

/** Places them one after the other, as rounds do. */
function placeAll(agents: readonly PlacementAgent[], pods: readonly Pod[]): PlacedPod[] {
  const context = aContext(agents);
  return pods.flatMap((pod) => {
    const decision = decide(pod, context);
    if (decision.kind === 'waiting' && decision.hold) context.holds.keep(pod, decision.hold);
    if (decision.kind !== 'agent') return [];
    const one = { pod, agentUid: decision.placement.agentUid };
    context.placed.set(one);
    return [one];
  });
}

function assertSound(agents: readonly PlacementAgent[], placed: readonly PlacedPod[]): void {
  for (const one of agents) {
    const here = placed.filter(({ agentUid }) => agentUid === one.uid).map(({ pod }) => pod);
    for (const [name, offered] of one.allocatable) {
      const asked = here.reduce((sum, pod) => sum + (podRequests(pod).get(name) ?? 0n), 0n);
      assert.ok(asked <= offered, `${one.name}: ${asked} of ${offered} ${name}`);
    }
    for (const [index, pod] of here.entries()) {
      assert.ok(one.ready && !one.cordoned);
      assert.ok(nodeAffinity(pod, 'longshore').matches(one.labels));
      const selector = readAgentSelector(pod);
      assert.notEqual(selector.kind, 'invalid');
      const requirements = selector.kind === 'requirements' ? selector.requirements : [];
      assert.ok(matchesAgent(requirements, one.labels, WELL_KNOWN_KEYS));
      assert.equal(untolerated(pod, one.taints), undefined);
      const others = here.slice(index + 1).flatMap(hostPorts);
      assert.equal(takenPort(hostPorts(pod), others), undefined);
    }
  }
  assertApart(agents, placed);
}

function assertApart(agents: readonly PlacementAgent[], placed: readonly PlacedPod[]): void {
  const labels = new Map(agents.map((one) => [one.uid, one.labels]));
  for (const { pod, agentUid } of placed) {
    const [term] = pod.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    const domain = term && labels.get(agentUid)?.[term.topologyKey];
    if (!term || domain === undefined) continue;
    const unwanted = placed.filter(
      (other) =>
        other.pod !== pod &&
        other.pod.metadata.labels?.['app'] === term.labelSelector?.matchLabels?.['app'] &&
        labels.get(other.agentUid)?.[term.topologyKey] === domain,
    );
    assert.deepEqual(unwanted, []);
  }
}

const fleets = fc.tuple(fc.array(agent, { minLength: 1, maxLength: 5 }), fc.array(wish, { maxLength: 16 }));

test('no agent is given more than it offers, and no required rule is broken', () => {
  fc.assert(
    fc.property(fleets, ([machines, wishes]) => {
      const agents = machines.map(makeAgent);
      assertSound(agents, placeAll(agents, wishes.map(makePod)));
    }),
    { numRuns: 400 },
  );
});

test('the same question has the same answer, in whatever order the agents are listed', () => {
  fc.assert(
    fc.property(fleets, ([machines, wishes]) => {
      const agents = machines.map(makeAgent);
      const pods = wishes.map(makePod);
      const answer = (fleet: readonly PlacementAgent[]) =>
        placeAll(fleet, pods).map(({ pod, agentUid }) => `${pod.metadata.name} ${agentUid}`);
      assert.deepEqual(answer(agents), answer(agents.toReversed()));
    }),
  );
});

test('the load that is kept up to date is what a fresh count gives, also after trying without some pods', () => {
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
        const some = [...truth.keys()].filter((_, index) => index % 2 === 0);
        kept.without(some, ({ bringBack, takeOut }) => {
          for (const one of some)
            assert.ok(!kept.on('a').occupants.has(one) && !kept.on('b').occupants.has(one));
          const [first = ''] = some;
          bringBack(first);
          takeOut(first);
          bringBack(first);
        });
      }
      assert.deepEqual(snapshot(kept), snapshot(createLoad(truth.values())));
    }),
  );
});

function snapshot(load: ReturnType<typeof createLoad>) {
  const amounts = (agentUid: string) =>
    [...load.on(agentUid).requests].filter(([, value]) => value !== 0n).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    occupants: ['a', 'b'].map((uid) => [...load.on(uid).occupants.keys()].sort()),
    requests: ['a', 'b'].map(amounts),
    leaving: [...load.leaving()].map(({ pod }) => pod.metadata.uid).sort(),
    groups: [...load.groups()]
      .map(({ namespace, labels, agents }) => JSON.stringify([namespace, labels, [...agents].sort()]))
      .sort(),
  };
}
