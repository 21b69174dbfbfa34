// What pods want of each other's company on a machine, or in a zone of machines.
import { it } from 'node:test';
import type { Fleet, Rules } from './fleet.ts';
import { AGENT, DOMAIN, has, keptOff, type Labels, lacks, onAgent, type Requirement } from './terms.ts';

export function neighbourScenarios(fleet: Fleet): void {
  const { follow } = fleet;

  it('finds the neighbours of a pod by their labels and namespaces, and weighs whom it prefers', async () => {
    await follow(NEIGHBOUR_RULES);
  });
}

const NAMESPACE = 'kubernetes.io/metadata.name';
const app = (operator: string, ...values: string[]): Requirement => ({ key: 'app', operator, values });

const THERE = { side: 'there' };
interface PodTerm {
  readonly topologyKey?: string;
  readonly labels?: Labels;
  readonly expressions?: readonly Requirement[];
  readonly namespaces?: readonly string[];
  readonly namespaceSelector?: { readonly matchLabels: Labels };
}
const podTerm = ({ labels: matchLabels, expressions, ...more }: PodTerm) => ({
  topologyKey: AGENT,
  labelSelector: {
    ...(matchLabels && { matchLabels }),
    ...(expressions && { matchExpressions: expressions }),
  },
  ...more,
});
const apart = (agent: string, ...terms: PodTerm[]) => ({
  affinity: {
    ...onAgent(agent).affinity,
    podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms.map(podTerm) },
  },
});
const together = (matchLabels: Labels) => ({
  affinity: {
    podAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { topologyKey: DOMAIN, labelSelector: { matchLabels } },
      ],
    },
  },
});
const preferringPods = (...terms: [weight: number, app: string][]) => ({
  affinity: {
    podAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: terms.map(([weight, name]) => ({
        weight,
        podAffinityTerm: podTerm({ labels: { app: name } }),
      })),
    },
  },
});
const inZone = (labels: Labels): PodTerm => ({ topologyKey: 'zone', labels });
const SHUNNED = keptOff("didn't match pod anti-affinity rules");
const till = { labels: { app: 'till' } };
const inNamespace = (name: string) => ({ namespaceSelector: { matchLabels: { [NAMESPACE]: name } } });

const NEIGHBOUR_RULES: Rules = {
  there: [
    {
      name: 'db',
      labels: { ...THERE, app: 'db', tier: 'back' },
      spec: onAgent('agent-1'),
      answer: 'agent-1',
    },
    { name: 'cache', labels: { ...THERE, app: 'cache' }, spec: onAgent('agent-3'), answer: 'agent-3' },
    {
      name: 'till',
      namespace: 'kube-public',
      labels: till.labels,
      spec: onAgent('agent-2'),
      answer: 'agent-2',
    },
  ],
  asking: [
    {
      name: 'with-the-cache',
      spec: apart(
        'agent-3',
        { labels: THERE, expressions: [app('In', 'db', 'queue')] },
        { labels: THERE, expressions: [app('NotIn', 'cache')] },
        { labels: THERE, expressions: [has('tier')] },
        inZone({ app: 'db' }),
      ),
      answer: 'agent-3',
    },
    {
      name: 'with-the-db',
      spec: apart('agent-1', { labels: THERE, expressions: [lacks('tier')] }, { labels: { app: 'cache' } }),
      answer: 'agent-1',
    },
    {
      name: 'not-with-in',
      spec: apart('agent-1', { expressions: [app('In', 'db', 'queue')] }),
      answer: SHUNNED,
    },
    {
      name: 'not-with-not-in',
      spec: apart('agent-1', { labels: THERE, expressions: [app('NotIn', 'cache')] }),
      answer: SHUNNED,
    },
    { name: 'not-with-a-tier', spec: apart('agent-1', { expressions: [has('tier')] }), answer: SHUNNED },
    {
      name: 'not-with-none',
      spec: apart('agent-3', { labels: THERE, expressions: [lacks('tier')] }),
      answer: SHUNNED,
    },
    { name: 'not-with-labels', spec: apart('agent-1', { labels: { app: 'db' } }), answer: SHUNNED },
    { name: 'not-in-its-zone', spec: apart('agent-2', inZone({ app: 'db' })), answer: SHUNNED },
    {
      name: 'own-namespace',
      spec: apart(
        'agent-2',
        till,
        { ...till, namespaces: ['kube-system'] },
        { ...till, ...inNamespace('kube-system') },
      ),
      answer: 'agent-2',
    },
    { name: 'by-name', spec: apart('agent-2', { ...till, namespaces: ['kube-public'] }), answer: SHUNNED },
    { name: 'by-label', spec: apart('agent-2', { ...till, ...inNamespace('kube-public') }), answer: SHUNNED },
    { name: 'joins-the-db', spec: together({ app: 'db' }), answer: 'agent-1' },
    { name: 'likes-the-db', spec: preferringPods([60, 'db'], [40, 'cache']), answer: 'agent-1' },
    { name: 'likes-the-cache', spec: preferringPods([40, 'db'], [60, 'cache']), answer: 'agent-3' },
  ],
};
