// Pods spread over machines, and over zones of them.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { AGENTS, type Fleet, type Rules } from './fleet.ts';
import {
  AGENT,
  among,
  DOMAIN,
  keptOff,
  type Labels,
  onAgent,
  TAINT,
  UNTOLERATED,
  WRONG_MACHINE,
} from './terms.ts';

export function spreadScenarios(fleet: Fleet): void {
  const { create, follow, kubectl, patchAgent, remove, whereIs } = fleet;

  it('spreads nine replicas evenly over three agents, and gives each of three its own', async () => {
    const three = AGENTS.slice(0, 3);
    const web = { labels: { app: 'web' }, spec: { ...among(...three), ...evenly({ app: 'web' }) } };
    const names = Array.from({ length: 9 }, (_, index) => `web-${index}`);
    await Promise.all(names.map((name) => create(name, web)));
    const agents = await Promise.all(names.map(whereIs));
    assert.deepEqual(
      three.map((name) => agents.filter((agent) => agent === name).length),
      [3, 3, 3],
    );

    const apart = {
      affinity: {
        ...among(...three).affinity,
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { topologyKey: AGENT, labelSelector: { matchLabels: { app: 'db' } } },
          ],
        },
      },
    };
    const replicas = ['db-0', 'db-1', 'db-2', 'db-3'];
    for (const name of replicas) {
      await create(name, { labels: { app: 'db' }, spec: apart });
      await whereIs(name);
    }
    assert.deepEqual(new Set(await Promise.all(replicas.slice(0, 3).map(whereIs))), new Set(three));
    assert.equal(
      await whereIs('db-3'),
      "0/5 agents fit: 3 didn't match pod anti-affinity rules, 2 didn't match node affinity/selector",
    );
    await kubectl('delete', 'pod', 'db-1');
    await kubectl('wait', '--for=condition=Ready', 'pod/db-3', '--timeout=30s');
    await remove();
  });

  it('spreads by revision, over as many machines as are asked for, and counts those that the policies say', async () => {
    await patchAgent('agent-5', { taints: [TAINT] });
    await follow(SPREAD_RULES);
    await patchAgent('agent-5', { taints: null });
  });
}

const evenly = (matchLabels: Labels, more: object = {}) => ({
  topologySpreadConstraints: [
    {
      topologyKey: DOMAIN,
      maxSkew: 1,
      whenUnsatisfiable: 'DoNotSchedule',
      labelSelector: { matchLabels },
      ...more,
    },
  ],
});
const whatever = { whenUnsatisfiable: 'ScheduleAnyway' };
const byZone = { topologyKey: 'zone', nodeAffinityPolicy: 'Ignore' };
const CROWDED = "didn't match pod topology spread constraints";
const web = { app: 'web' };
const first = { first: 'yes' };
/** The scheduler takes the virtual node for one domain, and would let none of these pass. */
const unscheduled = { nodeName: 'longshore' };

const SPREAD_RULES: Rules = {
  there: [
    { name: 'web-1', labels: { ...web, ...first, hash: '1' }, spec: onAgent('agent-1'), answer: 'agent-1' },
    { name: 'web-2', labels: { ...web, hash: '1' }, spec: onAgent('agent-1'), answer: 'agent-1' },
    { name: 'web-3', labels: { ...web, ...first, hash: '2' }, spec: onAgent('agent-3'), answer: 'agent-3' },
  ],
  asking: [
    {
      name: 'enough-domains',
      labels: first,
      spec: { ...unscheduled, ...among('agent-1', 'agent-3'), ...evenly(first, { minDomains: 2 }) },
      answer: /^agent-[13]$/,
    },
    {
      name: 'too-few-domains',
      labels: first,
      spec: { ...unscheduled, ...among('agent-1', 'agent-3'), ...evenly(first, { minDomains: 3 }) },
      answer: `0/5 agents fit: 3 ${WRONG_MACHINE}, 2 ${CROWDED}`,
    },
    {
      name: 'of-its-revision',
      labels: { ...web, hash: '2' },
      spec: { ...among('agent-1', 'agent-3'), ...evenly(web, { matchLabelKeys: ['hash'] }) },
      answer: 'agent-1',
    },
    { name: 'affinity-honoured', spec: { ...onAgent('agent-1'), ...evenly(web) }, answer: 'agent-1' },
    {
      name: 'affinity-ignored',
      spec: { ...onAgent('agent-1'), ...evenly(web, { nodeAffinityPolicy: 'Ignore' }) },
      answer: keptOff(CROWDED),
    },
    {
      name: 'further-apart',
      spec: { ...onAgent('agent-1'), ...evenly(web, { nodeAffinityPolicy: 'Ignore', maxSkew: 9 }) },
      answer: 'agent-1',
    },
    {
      name: 'anyway',
      spec: { ...onAgent('agent-1'), ...evenly(web, { nodeAffinityPolicy: 'Ignore', ...whatever }) },
      answer: 'agent-1',
    },
    {
      name: 'emptier-zone',
      labels: web,
      spec: { ...among('agent-2', 'agent-4'), ...evenly(web, { ...byZone, ...whatever }) },
      answer: 'agent-4',
    },
    {
      name: 'taints-honoured',
      spec: { ...among('agent-1', 'agent-5'), ...evenly(web, { nodeTaintsPolicy: 'Honor' }) },
      answer: 'agent-1',
    },
    {
      name: 'taints-ignored',
      spec: { ...among('agent-1', 'agent-5'), ...evenly(web) },
      answer: `0/5 agents fit: 3 ${WRONG_MACHINE}, 1 ${CROWDED}, 1 ${UNTOLERATED}`,
    },
  ],
};
