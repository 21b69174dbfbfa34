// A node's life as Longshore's controller writes it: made, made ready, cordoned, tainted, its status patched, deleted.
import type { Conversation } from '../conversation.ts';
import { pod } from '../objects.ts';
import type { Scenario } from '../scenario.ts';

const NAME = 'contract-nodes-one';
const NODE = `/api/v1/nodes/${NAME}`;
const AT = '2026-01-02T03:04:05Z';

export const nodes: Scenario = {
  name: 'nodes',
  async run(api) {
    await life(api);
    await refusals(api);
    await scheduling(api);
    await end(api);
  },
};

async function life(api: Conversation) {
  await api.create('/api/v1/nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: NAME, labels: { 'kubernetes.io/hostname': NAME, type: 'virtual' } },
    spec: { taints: [{ key: 'longshore.dev/virtual', value: 'x', effect: 'NoSchedule' }] },
    status: status(),
  });
  await api.create('/api/v1/nodes', { metadata: { name: NAME } });
  const ready = {
    type: 'Ready',
    status: 'True',
    reason: 'KubeletReady',
    message: 'm',
    lastHeartbeatTime: AT,
    lastTransitionTime: AT,
  };
  await api.patch(
    `${NODE}/status`,
    'strategic',
    { status: { conditions: [ready], capacity: { cpu: '4', memory: '8Gi', pods: '110' } } },
    { view: settled },
  );
  await api.aside.until(NODE, ({ body }) => body.spec.taints?.length === 1);
  await api.get(NODE);
  await api.patch(NODE, 'strategic', { spec: { unschedulable: true } }, { view: settled });
  await api.aside.until(NODE, ({ body }) => body.spec.taints?.length === 2);
  await api.get(NODE, { view: ({ spec }) => ({ ...spec, taints: spec.taints.map(withoutTime) }) });
  await api.patch(NODE, 'strategic', { spec: { unschedulable: null } }, { view: settled });
  await api.aside.until(NODE, ({ body }) => body.spec.taints?.length === 1);
  await api.patch(
    NODE,
    'strategic',
    { spec: { taints: [{ key: 'other', effect: 'NoExecute' }] } },
    { view: settled },
  );
  await api.patch(
    NODE,
    'merge',
    { metadata: { labels: { type: null, zone: 'a' }, annotations: { note: 'x' } } },
    { view: settled },
  );
  const addresses = [
    { type: 'InternalIP', address: '192.0.2.9' },
    { type: 'Hostname', address: 'h' },
  ];
  await api.patch(
    `${NODE}/status`,
    'strategic',
    { status: { addresses, allocatable: { cpu: '3500m' }, nodeInfo: { kubeletVersion: 'v2' } } },
    { view: ({ status }) => status },
  );
  await api.patch(
    `${NODE}/status`,
    'strategic',
    { status: { addresses: [...addresses.slice(1), { $patch: 'replace' }] } },
    { view: ({ status }) => status.addresses },
  );
  await api.patch(
    `${NODE}/status`,
    'strategic',
    {
      status: {
        $setElementOrder: undefined,
        conditions: [{ type: 'MemoryPressure', status: 'False' }],
        daemonEndpoints: { kubeletEndpoint: { Port: 10251 } },
      },
    },
    { view: ({ status }) => status },
  );
  await api.patch(
    `${NODE}/status`,
    'strategic',
    { spec: { unschedulable: true }, metadata: { labels: { through: 'status' } } },
    { view: settled },
  );
}

function status() {
  return {
    capacity: { cpu: '2', memory: '4096Mi', pods: '10', 'ephemeral-storage': '1000000Ki' },
    addresses: [{ type: 'InternalIP', address: '192.0.2.1' }],
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    nodeInfo: { architecture: 'amd64', operatingSystem: 'linux', kubeletVersion: 'v1.36.3' },
  };
}

async function refusals(api: Conversation) {
  for (const [metadata, spec] of [
    [{ name: 'Upper' }, {}],
    [{ name: 'n', namespace: 'x' }, {}],
    [{ name: 'n' }, { taints: [{ key: '', effect: 'NoSchedule' }] }],
    [{ name: 'n' }, { taints: [{ key: 'k', effect: 'Sometimes' }] }],
    [{ name: 'n' }, { taints: [{ key: 'k' }] }],
    [{ name: 'n' }, { taints: [{ key: 'k', effect: 'NoExecute', value: 'bad value' }] }],
    [
      { name: 'n' },
      {
        taints: [
          { key: 'k', effect: 'NoExecute' },
          { key: 'k', effect: 'NoExecute', value: 'x' },
        ],
      },
    ],
    [{ name: 'n' }, { podCIDR: 'x' }],
  ] as const) {
    await api.create('/api/v1/nodes', { metadata, spec });
  }
  await api.patch(NODE, 'merge', { spec: { providerID: 'longshore://one' } }, { view: settled });
  await api.patch(NODE, 'merge', { spec: { providerID: 'longshore://two' } }, { view: settled });
  await api.patch(`${NODE}/status`, 'merge', { status: { capacity: { cpu: '-1' } } }, { view: settled });
  await api.patch(`${NODE}/status`, 'merge', { status: { capacity: { cpu: 'many' } } }, { view: settled });
  await api.patch(
    `${NODE}/status`,
    'merge',
    {
      status: {
        addresses: [
          { type: 'InternalIP', address: 'a' },
          { type: 'InternalIP', address: 'a' },
        ],
      },
    },
    { view: settled },
  );
}

async function scheduling(api: Conversation) {
  const tolerations = [{ operator: 'Exists' }];
  const scheduled = (name: string, spec: object) =>
    pod(name, {
      spec: { schedulerName: 'default-scheduler', tolerations, nodeSelector: { zone: 'a' }, ...spec },
    });
  await api.aside.create(api.in('pods'), scheduled('fits', {}));
  await api.aside.until(api.in('pods/fits'), ({ body }) => body.spec.nodeName === NAME);
  await api.get(api.in('pods/fits'), {
    view: ({ spec, status, metadata }) => ({
      nodeName: spec.nodeName,
      status,
      generation: metadata.generation,
    }),
  });
  await api.aside.create(
    api.in('pods'),
    scheduled('large', { containers: [{ name: 'c', image: 'x', resources: { requests: { cpu: '100' } } }] }),
  );
  await api.aside.create(api.in('pods'), scheduled('elsewhere', { nodeSelector: { zone: 'nowhere' } }));
  await api.aside.create(api.in('pods'), scheduled('intolerant', { tolerations: [] }));
  await api.aside.create(
    api.in('pods'),
    scheduled('gated', { schedulingGates: [{ name: 'example.org/g' }] }),
  );
  for (const name of ['large', 'elsewhere', 'intolerant', 'gated']) {
    await api.aside.until(api.in(`pods/${name}`), ({ body }) => body.status.conditions?.length === 1);
    await api.get(api.in(`pods/${name}`), {
      view: ({ status }) => ({ ...status, conditions: status.conditions.map(withoutCounts) }),
    });
  }
  // Without what the scheduler said of it before it knew the node.
  const ofFits = `${api.in('events')}?fieldSelector=involvedObject.name%3Dfits,reason%3DScheduled`;
  await api.aside.until(ofFits, ({ body }) => body.items.length > 0);
  await api.get(ofFits, {
    view: ({ items }) =>
      items.map(
        ({
          reason,
          message,
          type,
          involvedObject,
          reportingComponent,
          source,
          action,
        }: Record<string, unknown>) => ({
          reason,
          message,
          type,
          involvedObject,
          reportingComponent,
          source,
          action,
        }),
      ),
  });
}

async function end(api: Conversation) {
  await api.delete(NODE, { preconditions: { uid: 'other' } });
  await api.delete(NODE);
  await api.get(NODE);
}

/** Without the taints that come and go by themselves. */
function settled(body: {
  kind: string;
  spec?: { taints?: { key: string }[] };
  status?: object;
  metadata: object;
}) {
  if (body.kind === 'Status') return body;
  const { resourceVersion: _, ...metadata } = body.metadata as Record<string, unknown>;
  const taints = (body.spec?.taints ?? []).filter(({ key }) => !key.startsWith('node.kubernetes.io/'));
  return { metadata, spec: { ...body.spec, taints } };
}

function withoutTime({ timeAdded: _, ...taint }: Record<string, unknown>) {
  return taint;
}

/** Other scenarios have nodes too. */
function withoutCounts({ message = '', ...condition }: { message?: string }) {
  return { ...condition, message: message.replace(/^0\/\d+ nodes.*/s, '0/… nodes …') };
}
