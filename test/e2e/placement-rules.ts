// What a pod may ask of its machine and of the pods next to it, rule by rule, for the fleet of placement.test.ts: the pods
// that are there, then those that ask, each with the agent that it has to come to, or why it has to wait. What comes to an
// agent shows what fits; what waits for the same agent shows that the rule, and nothing else, keeps it off.

export interface RulePod {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly answer: string | RegExp;
}

export interface Rules {
  readonly there: readonly RulePod[];
  readonly asking: readonly RulePod[];
}

/** The virtual node's; agents with a label of their own of that name have theirs. */
export const NODE_LABEL = 'cores=8';
/** Of agent-5. */
export const TAINT = { key: 'guest', value: 'friend', effect: 'NoSchedule' };

interface Requirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}
type Labels = Readonly<Record<string, string>>;

const AGENT = 'longshore.dev/agent';
const DOMAIN = 'longshore.dev/agent-domain';
const NAMESPACE = 'kubernetes.io/metadata.name';

const has = (key: string): Requirement => ({ key, operator: 'Exists' });
const lacks = (key: string): Requirement => ({ key, operator: 'DoesNotExist' });
const cores = (operator: string, ...values: string[]): Requirement => ({ key: 'cores', operator, values });
const app = (operator: string, ...values: string[]): Requirement => ({ key: 'app', operator, values });
const theNode = (operator: string) => ({
  matchFields: [{ key: 'metadata.name', operator, values: ['longshore'] }],
});

const nodeAffinity = (...nodeSelectorTerms: object[]) => ({
  nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } },
});
const term = (agent: string, ...more: Requirement[]) => ({
  matchExpressions: [has(`agent.longshore.dev/${agent}`), ...more],
});
const onAgent = (agent: string, ...more: Requirement[]) => ({ affinity: nodeAffinity(term(agent, ...more)) });
const among = (...agents: string[]) => ({ affinity: nodeAffinity(...agents.map((agent) => term(agent))) });

const WRONG_MACHINE = "didn't match node affinity/selector";
const NOWHERE = `0/5 agents fit: 5 ${WRONG_MACHINE}`;
const keptOff = (reason: string) => `0/5 agents fit: 4 ${WRONG_MACHINE}, 1 ${reason}`;

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

export const NODE_RULES: Rules = {
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

const tolerating = (agent: string, toleration: object) => ({
  ...onAgent(agent),
  tolerations: [{ key: 'virtual-kubelet.io/provider', operator: 'Exists' }, toleration],
});
const UNTOLERATED = `had untolerated taint {${TAINT.key}: ${TAINT.value}}`;

/** What agent-4 gets when they are there. */
export const LATER_TAINT = { key: 'evening', effect: 'NoExecute' };
export const TOLERATED_SECONDS = 2;
const inTheEvening = { ...LATER_TAINT, operator: 'Exists' };

export const TAINT_RULES: readonly RulePod[] = [
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

const THERE = { side: 'there' };
interface PodTerm {
  readonly labels?: Labels;
  readonly expressions?: readonly Requirement[];
  readonly namespaces?: readonly string[];
  readonly namespaceSelector?: { readonly matchLabels: Labels };
}
const podTerm = ({ labels: matchLabels, expressions, ...namespaces }: PodTerm) => ({
  topologyKey: AGENT,
  labelSelector: {
    ...(matchLabels && { matchLabels }),
    ...(expressions && { matchExpressions: expressions }),
  },
  ...namespaces,
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
const SHUNNED = keptOff("didn't match pod anti-affinity rules");
const till = { labels: { app: 'till' } };
const inNamespace = (name: string) => ({ namespaceSelector: { matchLabels: { [NAMESPACE]: name } } });

export const NEIGHBOUR_RULES: Rules = {
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
const CROWDED = "didn't match pod topology spread constraints";
const web = { app: 'web' };
const first = { first: 'yes' };
/** The scheduler takes the virtual node for one domain, and would let none of these pass. */
const unscheduled = { nodeName: 'longshore' };

export const SPREAD_RULES: Rules = {
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
