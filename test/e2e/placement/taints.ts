// Taints of machines: whom they keep off, and whom they drive off and when.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { eventually } from '../../kit/eventually.ts';
import { type Fleet, placementOf, type RulePod } from './fleet.ts';
import { exists, keptOff, onAgent, TAINT, UNTOLERATED } from './terms.ts';

export function taintScenarios(fleet: Fleet): void {
  const { create, judge, patchAgent, readiness, remove, whereIs } = fleet;

  it('keeps off what an agent’s taint does not let in', async () => {
    await patchAgent('agent-5', { taints: [{ key: 'guest', effect: 'NoSchedule' }] });
    const tolerations = [
      { key: 'virtual-kubelet.io/provider', operator: 'Exists' },
      { key: 'guest', operator: 'Exists' },
    ];
    await create('stranger', { spec: exists('agent.longshore.dev/agent-5') });
    await create('guest', { spec: { ...exists('agent.longshore.dev/agent-5'), tolerations } });
    assert.equal(await whereIs('guest'), 'agent-5');
    assert.match(await whereIs('stranger'), /1 had untolerated taint \{guest: \}/);
    await patchAgent('agent-5', { taints: [{ key: 'guest', effect: 'NoExecute' }] });
    await create('driven', { spec: exists('agent.longshore.dev/agent-4') });
    await whereIs('driven');
    await patchAgent('agent-4', { taints: [{ key: 'guest', effect: 'NoExecute' }] });
    await eventually(async () => (await fleet.sandbox.findPod('driven')) === undefined, {
      what: 'the pod to be driven off',
    });
    assert.equal(await whereIs('guest'), 'agent-5');
    await patchAgent('agent-4', { taints: null });
    await patchAgent('agent-5', { taints: null });
    await eventually(async () => placementOf(await fleet.sandbox.pod('stranger')) === 'agent-5', {
      what: 'the pod to go there once the taint is gone',
      timeoutMs: 10_000,
    });
    await remove();
  });

  it('goes by the value and the effect of a taint, and drives off who tolerates it for some seconds only', async () => {
    await patchAgent('agent-5', { taints: [TAINT] });
    const running = await judge(TAINT_RULES);
    const since = Date.now();
    await patchAgent('agent-4', { taints: [LATER_TAINT] });
    await eventually(async () => (await fleet.sandbox.findPod('for-seconds')) === undefined, {
      what: 'the end of its seconds',
    });
    assert.ok(Date.now() - since >= TOLERATED_SECONDS * 1000, 'driven off too early');
    await readiness(running.filter((name) => name !== 'for-seconds'));
    assert.equal((await fleet.sandbox.pod('for-good')).metadata.deletionTimestamp, undefined);
    for (const name of ['agent-4', 'agent-5']) await patchAgent(name, { taints: null });
    await remove({ wait: false });
  });
}

const tolerating = (agent: string, toleration: object) => ({
  ...onAgent(agent),
  tolerations: [{ key: 'virtual-kubelet.io/provider', operator: 'Exists' }, toleration],
});

/** What agent-4 gets when they are there. */
const LATER_TAINT = { key: 'evening', effect: 'NoExecute' };
const TOLERATED_SECONDS = 2;
const inTheEvening = { ...LATER_TAINT, operator: 'Exists' };

const TAINT_RULES: readonly RulePod[] = [
  { name: 'friend', spec: tolerating('agent-5', { ...TAINT, operator: 'Equal' }), answer: 'agent-5' },
  { name: 'foe', spec: tolerating('agent-5', { ...TAINT, value: 'foe' }), answer: keptOff(UNTOLERATED) },
  {
    name: 'wrong-effect',
    spec: tolerating('agent-5', { ...TAINT, effect: 'NoExecute' }),
    answer: keptOff(UNTOLERATED),
  },
  { name: 'for-good', spec: tolerating('agent-4', inTheEvening), answer: 'agent-4' },
  {
    name: 'for-seconds',
    spec: tolerating('agent-4', { ...inTheEvening, tolerationSeconds: TOLERATED_SECONDS }),
    answer: 'agent-4',
  },
];
