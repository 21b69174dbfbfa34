import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Agent, AgentSpec, AgentStatus } from '../../../../controller/model/agent.ts';
import {
  agentNodeConfig,
  CARRIED_ANNOTATION,
  carryOver,
  isLeftBehind,
  isNodeOf,
  type SeenAgent,
  withCarried,
} from '../../../../controller/model/agent-node.ts';
import { type Node, type NodeConfig, newNode } from '../../../../controller/model/node-object.ts';

const common: NodeConfig = {
  name: 'longshore-pi',
  labels: { 'topology.kubernetes.io/zone': 'home' },
  internalIPs: ['192.0.2.1'],
  kubeletPort: 10251,
  kubeletVersion: 'v1.34.0-longshore.0.1.0',
  architecture: 'amd64',
};
const fleet = {
  agentsTotal: 1,
  agentsReady: 1,
  presence: ['agent.longshore.dev/pi'],
  capacity: { cpu: '4' },
  allocatable: { cpu: '4' },
  engineVersion: '27.0.1',
};
const OPEN: SeenAgent = { cordoned: false, leaving: false };
const GUEST = { key: 'guest', value: 'x', effect: 'NoSchedule' } as const;

function anAgent(spec: Partial<AgentSpec> = {}): Agent {
  return {
    apiVersion: 'longshore.dev/v1alpha1',
    kind: 'Agent',
    metadata: { name: 'pi', uid: 'uid-pi', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { publicKeyHash: '00', ...spec },
  };
}

function configOf(
  spec: Partial<AgentSpec> = {},
  { seen, status = {} }: { readonly seen?: SeenAgent; readonly status?: AgentStatus } = {},
): NodeConfig {
  const agent = anAgent(spec);
  const cordoned = { ...OPEN, cordoned: spec.unschedulable === true };
  return agentNodeConfig({ agent, status: { os: 'linux', ...status }, seen: seen ?? cordoned, common });
}

const made = (config: NodeConfig): Node =>
  withCarried(newNode(config, fleet, Date.parse('2026-01-01T00:00:00Z')), config);

/** What a strategic-merge patch of these fields makes of the Node. */
function patched(node: Node, patch: Readonly<Record<string, unknown>>): Node {
  const { metadata = {}, spec = {} } = patch as { metadata?: Node['metadata']; spec?: Node['spec'] };
  const { labels = {}, annotations = {}, ownerReferences = [], ...rest } = metadata;
  const merged = { ...node.metadata?.labels, ...labels } as Record<string, string | null>;
  return {
    ...node,
    metadata: {
      ...node.metadata,
      ...rest,
      labels: Object.fromEntries(
        Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== null),
      ),
      annotations: { ...node.metadata?.annotations, ...annotations },
      ownerReferences: [...(node.metadata?.ownerReferences ?? []), ...ownerReferences],
    },
    spec: { ...node.spec, ...spec },
  };
}

const edit = (node: Node, spec: NonNullable<Node['spec']>): Node => ({
  ...node,
  spec: { ...node.spec, ...spec },
});

describe('the node of an agent', () => {
  test('has no label and no taint that would have the API server refuse it whole', () => {
    const long = `${'a.'.repeat(127)}a/key`;
    const { labels, carried } = configOf({
      labels: { zone: 'garage', 'bad key!': 'v', 'a..b/c': 'v', [long]: 'v', bad: 'no value!' },
      taints: [GUEST, { key: 'a..b/c', effect: 'NoSchedule' }, { key: 'bad key!', effect: 'NoExecute' }],
    });
    assert.deepEqual(
      ['zone', 'bad key!', 'a..b/c', long, 'bad'].filter((key) => key in labels),
      ['zone'],
    );
    assert.deepEqual(carried?.taints, [GUEST]);
  });

  test('is what its machine is, whatever the Agent says', () => {
    const forged = {
      ...{ 'kubernetes.io/arch': 'arm64', 'kubernetes.io/hostname': 'other', 'longshore.dev/agent': 'other' },
      ...{ 'agent.longshore.dev/other': 'true', 'zone.label.longshore.dev/attic': 'true' },
    };
    const labels = (spec: Partial<AgentSpec>) =>
      made(configOf(spec, { status: { arch: 'amd64' } })).metadata?.labels;
    assert.deepEqual(labels({ labels: forged }), labels({}));
  });

  test('is made with the labels, taints and cordon of its Agent, and goes with it', () => {
    const config = configOf({ labels: { disk: 'ssd' }, taints: [GUEST], unschedulable: true });
    const node = made(config);
    assert.deepEqual(node.metadata?.ownerReferences, [
      { apiVersion: 'longshore.dev/v1alpha1', kind: 'Agent', name: 'pi', uid: 'uid-pi' },
    ]);
    assert.equal(node.metadata?.labels?.['disk'], 'ssd');
    assert.equal(node.metadata?.labels?.['longshore.dev/agent'], 'pi');
    assert.equal(node.metadata?.labels?.['kubernetes.io/hostname'], 'longshore-pi');
    assert.equal(node.metadata?.labels?.['topology.kubernetes.io/zone'], 'home');
    assert.deepEqual(
      node.spec?.taints?.map(({ key }) => key),
      ['virtual-kubelet.io/provider', 'guest'],
    );
    assert.equal(node.spec?.unschedulable, true);
    assert.deepEqual(carryOver(node, config), { kind: 'nothing' });
  });

  test('says what the machine is', () => {
    const status = { arch: 'arm64', machineID: 'm', bootID: 'b', kernelVersion: 'k', osImage: 'Debian' };
    const info = made(configOf({}, { status })).status?.nodeInfo;
    assert.deepEqual(
      [info?.architecture, info?.machineID, info?.bootID, info?.kernelVersion, info?.osImage],
      ['arm64', 'm', 'b', 'k', 'Debian'],
    );
  });

  test('has a hostname label that is unique even where its name is too long for one', () => {
    const long = { ...common, name: `${'x'.repeat(40)}-${'y'.repeat(40)}` };
    const config = agentNodeConfig({ agent: anAgent(), status: {}, seen: OPEN, common: long });
    assert.equal(config.labels['kubernetes.io/hostname'], 'pi');
  });

  test('loses what the Agent no longer has, and nothing else', () => {
    const node = made(configOf({ labels: { disk: 'ssd' }, taints: [GUEST] }));
    const theirs = { key: 'theirs', effect: 'NoExecute' };
    const current = edit(
      { ...node, metadata: { ...node.metadata, labels: { ...node.metadata?.labels, theirs: 'kept' } } },
      { taints: [...(node.spec?.taints ?? []), theirs] },
    );
    const step = carryOver(current, configOf());
    assert.equal(step.kind, 'node');
    const after = patched(current, step.kind === 'node' ? step.patch : {});
    assert.equal(after.metadata?.labels?.['disk'], undefined);
    assert.equal(after.metadata?.labels?.['theirs'], 'kept');
    assert.deepEqual(
      after.spec?.taints?.map(({ key }) => key),
      ['virtual-kubelet.io/provider', 'theirs'],
    );
    assert.deepEqual(carryOver(after, configOf()), { kind: 'nothing' });
  });

  test('keeps a taint that is there as it is, and replaces one whose value is another', () => {
    const node = made(configOf({ taints: [GUEST] }));
    const timed = { ...GUEST, timeAdded: '2026-01-01T00:00:00Z' };
    const current = edit(node, { taints: [timed] });
    assert.deepEqual(carryOver(current, configOf({ taints: [GUEST] })), { kind: 'nothing' });
    const step = carryOver(current, configOf({ taints: [{ ...GUEST, value: 'y' }] }));
    assert.deepEqual(step.kind === 'node' && step.patch['spec'], {
      taints: [{ ...GUEST, value: 'y' }],
      unschedulable: false,
    });
  });

  test('is known by its owner, or by what was carried over, and not by a label', () => {
    const { carried } = configOf();
    assert.ok(carried);
    const own = made(configOf());
    assert.equal(isNodeOf(own, carried.owner), true);
    assert.equal(
      isNodeOf({ metadata: { ...own.metadata, labels: {} } }, carried.owner),
      true,
      'its label is lost',
    );
    assert.equal(
      isNodeOf({ metadata: { ...own.metadata, ownerReferences: [] } }, carried.owner),
      true,
      'of an Agent of before by this name',
    );
    const labels = { 'longshore.dev/agent': 'pi' };
    assert.equal(isNodeOf({ metadata: { labels } }, carried.owner), false, 'anybody can label');
    assert.equal(isNodeOf({ metadata: { labels: {} } }, carried.owner), false);
  });

  test('is left behind when its Agent’s node has another name now and nobody keeps it any more', () => {
    const unkept = (node: Node, status = 'Unknown'): Node => ({
      ...node,
      status: { ...node.status, conditions: [{ type: 'Ready', status }] },
    });
    const own = made(configOf());
    const renamed = (uid: string) => (uid === 'uid-pi' ? 'fleet-pi' : undefined);
    assert.equal(isLeftBehind(unkept(own), renamed), true);
    assert.equal(
      isLeftBehind(unkept(own), () => 'longshore-pi'),
      false,
      'it has that name',
    );
    assert.equal(
      isLeftBehind(unkept(own), () => undefined),
      false,
      'the collector’s, with its Agent',
    );
    for (const status of ['True', 'False'])
      assert.equal(isLeftBehind(unkept(own, status), renamed), false, 'somebody keeps it');
    const { annotations: _, ...bare } = own.metadata ?? {};
    assert.equal(isLeftBehind(unkept({ ...own, metadata: bare }), renamed), false, 'not made by us');
    const { ownerReferences: __, ...ownerless } = own.metadata ?? {};
    assert.equal(isLeftBehind(unkept({ ...own, metadata: ownerless }), renamed), false);
  });

  test('names a new Agent of the same name as its owner', () => {
    const node = made(configOf());
    const rejoined = agentNodeConfig({
      agent: { ...anAgent(), metadata: { ...anAgent().metadata, uid: 'uid-2' } },
      status: {},
      seen: OPEN,
      common,
    });
    const step = carryOver(node, rejoined);
    assert.deepEqual(
      step.kind === 'node' &&
        (step.patch['metadata'] as Node['metadata'])?.ownerReferences?.map(({ uid }) => uid),
      ['uid-2'],
    );
  });
});

describe('a cordon', () => {
  const cases: readonly {
    readonly what: string;
    readonly before: boolean;
    readonly node: boolean;
    readonly agent: boolean;
    readonly leaving?: boolean;
    readonly resting?: SeenAgent['resting'];
    readonly want: 'nothing' | 'agent' | 'node';
  }[] = [
    { what: 'none anywhere', before: false, node: false, agent: false, want: 'nothing' },
    { what: 'kubectl cordon', before: false, node: true, agent: false, want: 'agent' },
    { what: 'kubectl uncordon', before: true, node: false, agent: true, want: 'agent' },
    { what: 'the Agent cordoned', before: false, node: false, agent: true, want: 'node' },
    { what: 'the Agent uncordoned', before: true, node: true, agent: false, want: 'node' },
    { what: 'both cordoned at once', before: false, node: true, agent: true, want: 'node' },
    {
      what: 'an Agent that is leaving',
      before: false,
      node: false,
      agent: false,
      leaving: true,
      want: 'node',
    },
    {
      what: 'uncordoning one that is leaving',
      before: true,
      node: false,
      agent: false,
      leaving: true,
      want: 'node',
    },
    {
      what: 'an Agent in its quiet hours',
      ...{ before: false, node: false, agent: false, resting: 'in quiet hours', want: 'node' },
    },
    {
      what: 'uncordoning one in its quiet hours',
      ...{ before: true, node: false, agent: false, resting: 'in quiet hours', want: 'node' },
    },
  ];
  for (const { what, before, node, agent, leaving = false, resting, want } of cases) {
    test(what, () => {
      const observed = edit(made(configOf({ unschedulable: before })), { unschedulable: node });
      const seen = { cordoned: agent, leaving, resting };
      assert.equal(carryOver(observed, configOf({ unschedulable: agent }, { seen })).kind, want);
    });
  }

  test('comes to rest on both sides, whatever people do on either', () => {
    const act = fc.record({ side: fc.constantFrom('node', 'agent'), unschedulable: fc.boolean() });
    fc.assert(
      fc.property(fc.array(act, { maxLength: 20 }), (acts) => {
        let unschedulable = false;
        let node = made(configOf({ unschedulable }));
        for (const one of acts) {
          if (one.side === 'agent') unschedulable = one.unschedulable;
          else node = edit(node, { unschedulable: one.unschedulable });
          let steps = 0;
          for (;;) {
            const step = carryOver(node, configOf({ unschedulable }));
            if (step.kind === 'nothing') break;
            if (step.kind === 'agent') unschedulable = step.unschedulable;
            node = patched(node, step.patch);
            assert.ok(++steps < 4, 'it goes on for ever');
          }
          assert.equal(unschedulable, one.unschedulable);
          assert.equal(node.spec?.unschedulable ?? false, one.unschedulable);
        }
      }),
    );
  });

  test('an annotation that cannot be read leaves the word to the Agent', () => {
    for (const text of ['', '{', 'null', '[]', '{"labels":3,"taints":[1]}']) {
      const node = made(configOf());
      const observed = {
        ...edit(node, { unschedulable: true }),
        metadata: { ...node.metadata, annotations: { [CARRIED_ANNOTATION]: text } },
      };
      const step = carryOver(observed, configOf({ unschedulable: true }));
      assert.equal(step.kind, 'node', text);
    }
  });
});
