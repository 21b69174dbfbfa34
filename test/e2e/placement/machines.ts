// Which machine a pod asks for: by presence labels on the node, by node affinity, by the annotation.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { eventually } from '../../kit/eventually.ts';
import type { Fleet, Rules } from './fleet.ts';
import { exists, has, lacks, NOWHERE, nodeAffinity, onAgent, type Requirement, term } from './terms.ts';

export function machineScenarios(fleet: Fleet): void {
  const { create, follow, kubectl, patchAgent, remove, whereIs } = fleet;

  it('shows on the node what its agents have, and takes it back when they no longer do', async () => {
    const shown = async () => {
      const node = JSON.parse(await kubectl('get', 'node', 'longshore', '-o', 'json'));
      return Object.keys(node.metadata.labels).filter((key) => key.includes('.label.longshore.dev/'));
    };
    await eventually(async () => (await shown()).includes('zone.label.longshore.dev/cellar'), {
      what: 'the newest label',
      timeoutMs: 10_000,
    });
    const keys = await shown();
    assert.ok(keys.includes('arch.label.longshore.dev/arm64'));
    assert.deepEqual(
      keys.filter((key) => key.startsWith('zone.')),
      ['attic', 'cellar', 'garage'].map((zone) => `zone.label.longshore.dev/${zone}`),
    );
    await patchAgent('agent-5', { unschedulable: true });
    await eventually(async () => !(await shown()).includes('zone.label.longshore.dev/cellar'), {
      what: 'the label of a cordoned agent to go',
      timeoutMs: 10_000,
    });
    await patchAgent('agent-5', { unschedulable: false });
    await eventually(async () => (await shown()).includes('zone.label.longshore.dev/cellar'), {
      timeoutMs: 10_000,
    });
  });

  it('pins by agent, by architecture, by zone, and by both on one machine', async () => {
    await create('by-agent', { spec: exists('agent.longshore.dev/agent-3') });
    await create('by-zone', { spec: exists('zone.label.longshore.dev/cellar') });
    await create('by-both', {
      spec: exists('zone.label.longshore.dev/garage', 'arch.label.longshore.dev/arm64'),
    });
    await create('by-arch', {
      spec: {
        ...exists('arch.label.longshore.dev/arm64'),
        nodeSelector: { 'zone.label.longshore.dev/attic': 'true' },
      },
    });
    assert.equal(await whereIs('by-agent'), 'agent-3');
    assert.equal(await whereIs('by-zone'), 'agent-5');
    assert.equal(await whereIs('by-both'), 'agent-2');
    assert.equal(await whereIs('by-arch'), 'agent-4');
    await kubectl('wait', '--for=condition=Ready', 'pod', '-l', 'test=placement', '--timeout=60s');
    await remove();
  });

  it('takes what the scheduler cannot be told from an annotation', async () => {
    const select = (text: string) => ({ annotations: { 'longshore.dev/agent-selector': text } });
    await create('many-cores', select('cores gt 8'));
    await create('not-old', select('arch in (arm64),!old'));
    await create('nowhere', select('cores gt 99'));
    assert.equal(await whereIs('many-cores'), 'agent-3');
    assert.equal(await whereIs('not-old'), 'agent-2');
    assert.equal(await whereIs('nowhere'), "0/5 agents fit: 5 didn't match the agent selector");
    const events = await eventually(
      async () => {
        const text = await kubectl('get', 'events', '--field-selector', 'reason=FailedPlacement');
        return text.includes('pod/nowhere') ? text : undefined;
      },
      { what: 'the event' },
    );
    assert.match(events, /Warning +FailedPlacement +pod\/nowhere +0\/5 agents fit/);
    await remove();
  });

  it('judges node affinity by each machine, operator by operator, and weighs what is preferred', async () => {
    await kubectl('label', 'node', 'longshore', NODE_LABEL);
    await follow(NODE_RULES);
    await kubectl('label', 'node', 'longshore', 'cores-');
  });
}

/** The virtual node's; agents with a label of their own of that name have theirs. */
const NODE_LABEL = 'cores=8';
const cores = (operator: string, ...values: string[]): Requirement => ({ key: 'cores', operator, values });
const theNode = (operator: string) => ({
  matchFields: [{ key: 'metadata.name', operator, values: ['longshore'] }],
});
const preferringNodes = (...terms: [weight: number, key: string, value: string][]) => ({
  affinity: {
    nodeAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: terms.map(([weight, key, value]) => ({
        weight,
        preference: { matchExpressions: [{ key, operator: 'In', values: [value] }] },
      })),
    },
  },
});

const NODE_RULES: Rules = {
  there: [],
  asking: [
    {
      name: 'every-operator',
      spec: {
        affinity: nodeAffinity({
          ...term(
            'agent-2',
            ...[cores('In', '8', '9'), cores('NotIn', '4'), cores('Gt', '7'), cores('Lt', '9')],
            ...[has('zone.label.longshore.dev/garage'), lacks('old')],
          ),
          ...theNode('In'),
        }),
      },
      answer: 'agent-2',
    },
    { name: 'in', spec: onAgent('agent-1', cores('In', '8')), answer: NOWHERE },
    { name: 'not-in', spec: onAgent('agent-1', cores('NotIn', '4')), answer: NOWHERE },
    { name: 'gt', spec: onAgent('agent-1', cores('Gt', '7')), answer: NOWHERE },
    { name: 'lt', spec: onAgent('agent-3', cores('Lt', '9')), answer: NOWHERE },
    { name: 'exists', spec: onAgent('agent-5', has('zone.label.longshore.dev/garage')), answer: NOWHERE },
    { name: 'does-not-exist', spec: onAgent('agent-4', lacks('old')), answer: NOWHERE },
    // No scheduler would bind it.
    {
      name: 'not-this-node',
      spec: { nodeName: 'longshore', affinity: nodeAffinity(theNode('NotIn')) },
      answer: NOWHERE,
    },
    {
      name: 'rather-old',
      spec: preferringNodes([60, 'old', 'yes'], [40, 'zone', 'cellar']),
      answer: 'agent-4',
    },
    {
      name: 'rather-cool',
      spec: preferringNodes([40, 'old', 'yes'], [60, 'zone', 'cellar']),
      answer: 'agent-5',
    },
  ],
};
