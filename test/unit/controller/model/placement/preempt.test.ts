import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../../../../../common/pod.ts';
import { decide } from '../../../../../controller/model/placement/decide.ts';
import {
  type DisruptionBudget,
  disruptionBudgets,
} from '../../../../../controller/model/placement/disruption-budget.ts';
import type { PlacedPod } from '../../../../../controller/model/placement/placed-pod.ts';
import type { PlacementAgent } from '../../../../../controller/model/placement/placement-agent.ts';
import { aContext, anAgent, asking, on } from '../../../../kit/placement.ts';

interface Wish {
  readonly priority?: number;
  readonly app?: string;
  readonly started?: string;
  readonly leaving?: boolean;
  readonly spec?: Partial<Pod['spec']>;
}

function pod(name: string, cpu: string, wish: Wish = {}): Pod {
  const { priority = 0, app = 'x', started = '2026-01-01T00:00:00Z', leaving = false, spec } = wish;
  return asking(
    { cpu },
    {
      uid: `uid-${name}`,
      name,
      metadata: { labels: { app }, ...(leaving && { deletionTimestamp: started }) },
      spec: { priority, ...spec },
      status: { phase: 'Running', startTime: started },
    },
  );
}

function preempt(
  agents: readonly PlacementAgent[],
  there: readonly PlacedPod[],
  options: { readonly wanted?: Pod; readonly budgets?: readonly DisruptionBudget[] } = {},
): string {
  const { wanted = pod('wanted', '3', { priority: 100 }), budgets = [] } = options;
  const decision = decide(wanted, aContext(agents, { placed: there, budgets: disruptionBudgets(budgets) }));
  if (decision.kind !== 'waiting' || !decision.victims) return 'none';
  const victims = decision.victims.map(({ metadata }) => metadata.name);
  return `${decision.hold?.replace('uid-', '')}: ${victims.join(' ')}`;
}

test('as few pods end as are needed, the least important first', () => {
  const there = [
    on('a', pod('low', '2', { priority: 1 })),
    on('a', pod('middle', '1', { priority: 5 })),
    on('a', pod('high', '1', { priority: 9 })),
  ];
  assert.equal(preempt([anAgent('a')], there, { wanted: pod('w', '2', { priority: 100 }) }), 'a: low');
  assert.equal(preempt([anAgent('a')], there), 'a: middle low');
});

test('pods of the same or a higher priority, and pods that are ending, are not touched', () => {
  const there = [
    on('a', pod('same', '3', { priority: 100 })),
    on('a', pod('ending', '1', { leaving: true })),
  ];
  assert.equal(preempt([anAgent('a')], there), 'none');
});

test('the room of pods that are ending counts as free: nobody ends in their place', () => {
  const there = [
    on('a', pod('first', '1', { leaving: true })),
    on('a', pod('second', '1')),
    on('a', pod('third', '1', { started: '2026-01-02T00:00:00Z' })),
    on('a', pod('fourth', '1', { priority: 9 })),
  ];
  assert.equal(preempt([anAgent('a')], there, { wanted: pod('w', '2', { priority: 100 }) }), 'a: third');
  assert.equal(preempt([anAgent('a')], there), 'a: second third');
});

test('a pod with preemptionPolicy Never ends nobody', () => {
  const there = [on('a', pod('low', '4'))];
  const wanted = pod('w', '3', { priority: 100, spec: { preemptionPolicy: 'Never' } });
  assert.equal(preempt([anAgent('a')], there, { wanted }), 'none');
});

test('nobody ends where that would not help: the wrong machine, or one too small', () => {
  const there = [on('a', pod('low', '4')), on('b', pod('other', '2'))];
  const agents = [anAgent('a', { cordoned: true }), anAgent('b', { allocatable: { cpu: '2' } })];
  assert.equal(preempt(agents, there), 'none');
});

test('the agent where it hurts least: by the highest priority, then by the number, then by age', () => {
  const agents = [anAgent('a'), anAgent('b'), anAgent('c')];
  assert.equal(
    preempt(agents, [
      on('a', pod('a1', '4', { priority: 7 })),
      on('b', pod('b1', '2', { priority: 3 })),
      on('b', pod('b2', '2', { priority: 3 })),
      on('c', pod('c1', '4', { priority: 3 })),
    ]),
    'c: c1',
  );
  assert.equal(
    preempt(agents.slice(0, 2), [
      on('a', pod('old', '4', { started: '2026-01-01T00:00:00Z' })),
      on('b', pod('young', '4', { started: '2026-01-02T00:00:00Z' })),
    ]),
    'b: young',
  );
});

test('many pods of negative priority are not better than one', () => {
  const agents = [anAgent('a'), anAgent('b')];
  const there = [
    on('a', pod('a1', '2', { priority: -5 })),
    on('a', pod('a2', '2', { priority: -5 })),
    on('b', pod('b1', '4', { priority: -5 })),
  ];
  assert.equal(preempt(agents, there), 'b: b1');
});

/** Of the pods of one app, none of which may go. */
const budget = {
  namespace: 'default',
  selector: { matchLabels: { app: 'db' } },
  allowed: 0,
  disrupted: new Set<string>(),
};

test('pods that a budget protects are spared where others will do, and ended where not', () => {
  const there = [
    on('a', pod('db', '2', { app: 'db', priority: 1 })),
    on('a', pod('web', '2', { app: 'web', priority: 9 })),
  ];
  const wanted = pod('w', '2', { priority: 100 });
  assert.equal(preempt([anAgent('a')], there, { wanted, budgets: [budget] }), 'a: web');
  assert.equal(preempt([anAgent('a')], there, { wanted, budgets: [{ ...budget, allowed: 1 }] }), 'a: db');
  assert.equal(preempt([anAgent('a')], there.slice(0, 1), { budgets: [budget] }), 'a: db');
  const two = [...there, on('b', pod('plain', '4', { priority: 50 }))];
  assert.equal(preempt([anAgent('a'), anAgent('b')], two, { budgets: [budget] }), 'b: plain');
});

test('several that matter little end rather than one that matters more, also where a budget protects the little', () => {
  const there = [
    on('a', pod('db', '2', { app: 'db' })),
    on('a', pod('web', '2', { priority: 50 })),
    on('b', pod('one', '1')),
    on('b', pod('two', '1')),
    on('b', pod('large', '2', { priority: 100 })),
  ];
  const wanted = pod('w', '2', { priority: 100 });
  assert.equal(preempt([anAgent('a'), anAgent('b')], there, { wanted, budgets: [budget] }), 'b: one two');
});

test('a host port or a neighbour can be what is in the way', () => {
  const onPort = (name: string, priority: number) => {
    const ports = [{ containerPort: 80, hostPort: 80 }];
    return pod(name, '1', { priority, spec: { containers: [{ name: 'main', ports }] } });
  };
  const there = [on('a', onPort('holder', 1)), on('a', pod('bystander', '1'))];
  assert.equal(preempt([anAgent('a')], there, { wanted: onPort('w', 9) }), 'a: holder');
  const shy = pod('shy', '1', {
    priority: 9,
    spec: {
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { topologyKey: 'longshore.dev/agent', labelSelector: { matchLabels: { app: 'loud' } } },
          ],
        },
      },
    },
  });
  const neighbours = [on('a', pod('loud', '1', { app: 'loud' })), on('a', pod('calm', '1'))];
  assert.equal(preempt([anAgent('a')], neighbours, { wanted: shy }), 'a: loud');
});

test('agents that only seem to have room to be made do not stand in for those that are compared', () => {
  const names = Array.from({ length: 250 }, (_, index) => `agent-${String(index).padStart(3, '0')}`);
  const onPort: Partial<Pod['spec']> = {
    containers: [{ name: 'main', image: 'x', ports: [{ containerPort: 80, hostPort: 80 }] }],
  };
  const there = names.flatMap((name, index) => {
    const holder = pod(`of-${name}`, '0', {
      priority: index < 120 ? 100 : index === 120 ? 50 : 1,
      spec: onPort,
    });
    return [on(name, holder), on(name, pod(`beside-${name}`, '4'))];
  });
  const wanted = pod('wanted', '0', { priority: 100, spec: onPort });
  const agents = names.map((name) => anAgent(name));
  assert.equal(preempt(agents, there, { wanted }), 'agent-121: of-agent-121');
});

test('in a large fleet too it is the agent where it hurts least, however many others would do', () => {
  const names = Array.from({ length: 300 }, (_, index) => `agent-${String(index).padStart(3, '0')}`);
  const agents = names.map((name) => anAgent(name));
  const full = (priority: number, app: string) =>
    names.slice(0, -1).map((name) => on(name, pod(`of-${name}`, '4', { priority, app })));
  const last = (wish: Wish) => on('agent-299', pod('last', '4', wish));
  assert.equal(preempt(agents, [...full(5, 'x'), last({ priority: 1 })]), 'agent-299: last');
  const options = { budgets: [budget] };
  assert.equal(preempt(agents, [...full(1, 'db'), last({ priority: 1 })], options), 'agent-299: last');
  assert.equal(preempt(agents, [...full(1, 'db'), last({ priority: 5 })], options), 'agent-299: last');
  assert.equal(
    preempt(agents, [...full(1, 'db'), last({ priority: 1, app: 'db' })], options),
    'agent-000: of-agent-000',
  );
});
