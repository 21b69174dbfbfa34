// Pods that give way to more important ones: as few as it takes, and those last that a PodDisruptionBudget protects.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { eventually } from '../../kit/eventually.ts';
import { AGENTS, type Fleet } from './fleet.ts';
import { onAgent } from './terms.ts';

/** A whole machine. */
const WHOLE = { requests: { cpu: '2' } };

export function preemptionScenarios(fleet: Fleet): void {
  const { create, judge, kubectl, readiness, remove, whereIs } = fleet;

  it('ends a pod of lower priority for one of higher that fits on no machine, unless that preempts nobody', async () => {
    await kubectl('create', 'priorityclass', 'urgent', '--value=1000');
    await kubectl('create', 'priorityclass', 'patient', '--value=999', '--preemption-policy=Never');
    await kubectl('create', 'priorityclass', 'better', '--value=10');
    await kubectl('create', 'pdb', 'kept', '--selector=app=kept', '--min-available=4');
    // The one that no budget protects is the most important of those that may end.
    const lows = AGENTS.map((agent) => {
      const isFree = agent === 'agent-4';
      return {
        name: `low-${agent}`,
        labels: { app: isFree ? 'free' : 'kept' },
        requests: { cpu: '1100m' },
        spec: { ...onAgent(agent), ...(isFree && { priorityClassName: 'better' }) },
        answer: agent,
      };
    });
    await judge(lows);
    await create('patient', { ...WHOLE, spec: { priorityClassName: 'patient' } });
    assert.equal(await whereIs('patient'), '0/5 agents fit: 5 insufficient cpu');
    const leftWith = (count: number) =>
      eventually(
        async () => {
          const found = await Promise.all(lows.map(({ name }) => fleet.sandbox.findPod(name)));
          const present = found.filter((pod) => pod !== undefined);
          return present.length === count ? present : undefined;
        },
        { what: `${count} pods of lower priority to be left` },
      );

    await create('urgent', { ...WHOLE, spec: { priorityClassName: 'urgent' } });
    await readiness(['urgent']);
    assert.equal(await whereIs('urgent'), 'agent-4');
    const left = await leftWith(4);
    assert.ok(left.every(({ metadata }) => metadata.deletionTimestamp === undefined));
    assert.match(
      await kubectl('get', 'events', '--field-selector', 'reason=Preempted'),
      /pod\/low-agent-4 +Preempted by pod .*default\/urgent/,
    );

    // Nobody else is left: a budget is no promise.
    await create('urgent-too', { ...WHOLE, spec: { priorityClassName: 'urgent' } });
    await readiness(['urgent-too']);
    await leftWith(3);
    await kubectl('delete', 'pdb', 'kept');
    await remove();
  });
}
