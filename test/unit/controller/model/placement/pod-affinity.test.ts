import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../../../../../common/pod.ts';
import { place } from '../../../../../controller/model/placement/place.ts';
import { aContext, anAgent, on, placed } from '../../../../kit/placement.ts';
import { aPod } from '../../../../kit/pods.ts';

type Affinity = NonNullable<Pod['spec']['affinity']>;

const AGENT = 'longshore.dev/agent';
const DOMAIN = 'longshore.dev/agent-domain';
const app = (name: string) => ({ matchLabels: { app: name } });
const term = (topologyKey: string, name: string, more = {}) => ({
  topologyKey,
  labelSelector: app(name),
  ...more,
});
const require_ = (terms: object[]) => ({ requiredDuringSchedulingIgnoredDuringExecution: terms });
const prefer = (weight: number, podAffinityTerm: object) => ({
  preferredDuringSchedulingIgnoredDuringExecution: [{ weight, podAffinityTerm }],
});

let serial = 0;
function labelled(name: string, affinity: object = {}, namespace = 'default'): Pod {
  serial += 1;
  return aPod({
    uid: `uid-${serial}`,
    name: `${name}-${serial}`,
    namespace,
    metadata: { labels: { app: name } },
    spec: { affinity: affinity as Affinity },
  });
}

const apart = (key: string, name: string) => ({ podAntiAffinity: require_([term(key, name)]) });
const together = (key: string, name: string) => ({ podAffinity: require_([term(key, name)]) });
const agents = [anAgent('a'), anAgent('b'), anAgent('c')];

test('required anti-affinity gives each pod an agent of its own; one too many waits and says why', () => {
  const there: { pod: Pod; agentUid: string }[] = [];
  const answers = [1, 2, 3, 4].map(() => {
    const pod = labelled('db', apart(AGENT, 'db'));
    const answer = placed(pod, agents, there);
    there.push(on(answer, pod));
    return answer;
  });
  assert.deepEqual(answers, ['a', 'b', 'c', "0/3 agents fit: 3 didn't match pod anti-affinity rules"]);
});

test('pods that are there keep others away as well', () => {
  const there = [on('a', labelled('quiet', apart(AGENT, 'loud')))];
  assert.equal(
    placed(labelled('loud'), [anAgent('a')], there),
    "0/1 agents fit: 1 didn't satisfy existing pods' anti-affinity rules",
  );
  assert.equal(placed(labelled('calm'), [anAgent('a')], there), 'a');
});

test('required affinity by agent-domain puts a pod with the other on one machine', () => {
  const there = [on('b', labelled('db'))];
  assert.equal(placed(labelled('web', together(DOMAIN, 'db')), agents, there), 'b');
  assert.equal(
    placed(labelled('web', together(DOMAIN, 'cache')), agents, there),
    "0/3 agents fit: 3 didn't match pod affinity rules",
  );
});

test('the first of a series that wants to be with its own kind starts anywhere, the rest join it', () => {
  const first = labelled('ring', together(DOMAIN, 'ring'));
  assert.equal(placed(first, agents), 'a');
  assert.equal(placed(labelled('ring', together(DOMAIN, 'ring')), agents, [on('c', first)]), 'c');
});

const withTier = (pod: Pod, tier: string): Pod => ({
  ...pod,
  metadata: { ...pod.metadata, labels: { ...pod.metadata.labels, tier } },
});
const tiered = (topologyKey: string, tier: string) => ({
  topologyKey,
  labelSelector: { matchLabels: { tier } },
});

test('pods that are there satisfy several required terms only where one of them is meant by all', () => {
  const racks = ['a', 'b', 'c'].map((name) =>
    anAgent(name, { labels: { rack: name === 'c' ? 'right' : 'left' } }),
  );
  const both = { podAffinity: require_([term(DOMAIN, 'db'), tiered('rack', 'gold')]) };
  const gold = (name: string) => withTier(labelled(name), 'gold');
  const none = "0/3 agents fit: 3 didn't match pod affinity rules";
  const cases: [string, ReturnType<typeof on>[], string][] = [
    ['one pod for each term', [on('b', labelled('db')), on('b', gold('x'))], none],
    ['one that all terms mean', [on('b', gold('db'))], 'b'],
    ['each term by its own key', [on('b', gold('db')), on('a', gold('x')), on('c', labelled('db'))], 'b'],
    ['in another namespace than a term means', [on('b', withTier(labelled('db', {}, 'shop'), 'gold'))], none],
  ];
  for (const [what, there, expected] of cases) {
    assert.equal(placed(labelled('web', both), racks, there), expected, what);
  }
});

test('with several required terms the first of a series is who is meant by all, while nobody there is', () => {
  const both = { podAffinity: require_([term(DOMAIN, 'ring'), tiered(DOMAIN, 'gold')]) };
  const none = "0/3 agents fit: 3 didn't match pod affinity rules";
  const first = withTier(labelled('ring', both), 'gold');
  assert.equal(placed(first, agents), 'a', 'nobody there');
  assert.equal(placed(first, agents, [on('b', labelled('ring'))]), 'a', 'there is one that one term means');
  assert.equal(
    placed(first, agents, [on('b', withTier(labelled('ring'), 'gold'))]),
    'b',
    'there is its like',
  );
  assert.equal(placed(labelled('ring', both), agents), none, 'it is not meant by all of its own');
  const mixed = { podAffinity: require_([term('place', 'other'), term(DOMAIN, 'ring')]) };
  assert.equal(placed(labelled('ring', mixed), agents), none, 'a term that the scheduler judges counts too');
});

test('any label of agents can be the domain', () => {
  const racks = [
    anAgent('a', { labels: { rack: 'left' } }),
    anAgent('b', { labels: { rack: 'left' } }),
    anAgent('c', { labels: { rack: 'right' } }),
    anAgent('d'),
  ];
  const there = [on('a', labelled('db'))];
  const pod = labelled('db', {
    podAntiAffinity: require_([term('rack', 'db')]),
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: 'rack', operator: 'Exists' }] }],
      },
    },
  });
  assert.equal(placed(pod, racks, there), 'c');
  assert.equal(
    placed(labelled('web', together('rack', 'db')), racks, [...there, on('a', labelled('x'))]),
    'b',
  );
});

test("what the scheduler has judged by the node's own label is not judged again by the machine's", () => {
  const zoned = [anAgent('a', { labels: { place: 'garage' } })];
  assert.equal(placed(labelled('web', together('place', 'db')), zoned), 'a');
  assert.equal(placed(labelled('web', together('kubernetes.io/hostname', 'db')), zoned), 'a');
  const there = [on('a', labelled('db'))];
  assert.equal(placed(labelled('web', apart('kubernetes.io/hostname', 'db')), zoned, there), 'a');
});

test('a term means its own namespace, the ones it names, or those it selects', () => {
  const there = [on('a', labelled('db', {}, 'shop'))];
  const namespaces = (name: string): Record<string, string> =>
    name === 'shop' ? { 'kubernetes.io/metadata.name': name, team: 'red' } : {};
  const blocked = (more: object) => {
    const pod = labelled('web', { podAntiAffinity: require_([term(AGENT, 'db', more)]) });
    return place(pod, aContext([anAgent('a')], { placed: there, namespaces })).kind === 'none';
  };
  assert.equal(blocked({}), false);
  assert.equal(blocked({ namespaces: ['shop'] }), true);
  assert.equal(blocked({ namespaces: ['other'] }), false);
  assert.equal(blocked({ namespaceSelector: {} }), true);
  assert.equal(blocked({ namespaceSelector: { matchLabels: { team: 'red' } } }), true);
  assert.equal(blocked({ namespaceSelector: { matchLabels: { team: 'blue' } } }), false);
});

test('preferences weigh: its own and those of the pods that are there', () => {
  const there = [on('b', labelled('db'))];
  assert.equal(placed(labelled('web', { podAffinity: prefer(1, term(AGENT, 'db')) }), agents, there), 'b');
  const two = [anAgent('a'), anAgent('b')];
  assert.equal(
    placed(labelled('web', { podAntiAffinity: prefer(1, term(AGENT, 'db')) }), two, [
      on('a', labelled('db')),
    ]),
    'b',
  );
  const shy = labelled('shy', { podAntiAffinity: prefer(1, term(AGENT, 'web')) });
  assert.equal(
    placed(labelled('web'), two, [on('a', shy), on('b', labelled('x')), on('b', labelled('y'))]),
    'b',
  );
  const clingy = labelled('clingy', together(DOMAIN, 'web'));
  assert.equal(placed(labelled('web'), two, [on('b', clingy)]), 'b');
});
