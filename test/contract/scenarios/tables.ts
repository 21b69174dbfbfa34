// What `kubectl get` prints, wide too: tables of every kind, pods in every state.
import type { Conversation } from '../conversation.ts';
import { configMap, pod } from '../objects.ts';
import type { Scenario } from '../scenario.ts';

const TABLE =
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json';
const AT = '2026-01-02T03:04:05Z';

export const tables: Scenario = {
  name: 'tables',
  async run(api) {
    await pods(api);
    await node(api);
    await configuration(api);
    await rest(api);
    await forms(api);
  },
};

const running = { running: { startedAt: AT } };
const waiting = (reason: string) => ({ waiting: { reason } });
const ended = (exitCode: number, more: object = {}) => ({
  terminated: { exitCode, startedAt: AT, finishedAt: AT, ...more },
});
const container = (name: string, state: object, more: object = {}) => ({
  name,
  image: 'x',
  imageID: 'x',
  ready: false,
  restartCount: 0,
  state,
  lastState: {},
  ...more,
});
const READY = { type: 'Ready', status: 'True' };

/** Name, spec beside a plain one, status. */
const STATES: readonly (readonly [string, object, object])[] = [
  ['bare', {}, {}],
  [
    'running',
    {},
    {
      phase: 'Running',
      conditions: [READY],
      podIP: '10.1.2.3',
      podIPs: [{ ip: '10.1.2.3' }],
      containerStatuses: [container('main', running, { ready: true })],
    },
  ],
  [
    'restarted',
    {},
    {
      phase: 'Running',
      containerStatuses: [container('main', running, { restartCount: 3, lastState: ended(1) })],
    },
  ],
  [
    'looping',
    {},
    {
      phase: 'Running',
      containerStatuses: [
        container('main', waiting('CrashLoopBackOff'), {
          restartCount: 5,
          lastState: ended(137, { reason: 'OOMKilled' }),
        }),
      ],
    },
  ],
  ['pulling', {}, { phase: 'Pending', containerStatuses: [container('main', waiting('ContainerCreating'))] }],
  ['failed', {}, { phase: 'Failed', containerStatuses: [container('main', ended(3))] }],
  ['killed', {}, { phase: 'Failed', containerStatuses: [container('main', ended(0, { signal: 9 }))] }],
  ['evicted', {}, { phase: 'Failed', reason: 'Evicted', message: 'm' }],
  [
    'done',
    {},
    { phase: 'Succeeded', containerStatuses: [container('main', ended(0, { reason: 'Completed' }))] },
  ],
  [
    'half',
    {
      containers: [
        { name: 'main', image: 'x' },
        { name: 'b', image: 'x' },
      ],
    },
    {
      phase: 'Running',
      conditions: [READY],
      containerStatuses: [
        container('main', running, { ready: true }),
        container('b', ended(0, { reason: 'Completed' })),
      ],
    },
  ],
  [
    'initialising',
    {
      initContainers: [
        { name: 'i', image: 'x' },
        { name: 'j', image: 'x' },
      ],
    },
    { phase: 'Pending', initContainerStatuses: [container('i', ended(0)), container('j', running)] },
  ],
  [
    'init-failing',
    { initContainers: [{ name: 'i', image: 'x' }] },
    {
      phase: 'Pending',
      initContainerStatuses: [container('i', waiting('CrashLoopBackOff'), { restartCount: 2 })],
    },
  ],
  [
    'init-error',
    { initContainers: [{ name: 'i', image: 'x' }] },
    { phase: 'Pending', initContainerStatuses: [container('i', ended(2))] },
  ],
  [
    'sidecar',
    { initContainers: [{ name: 'i', image: 'x', restartPolicy: 'Always' }] },
    {
      phase: 'Running',
      conditions: [READY],
      initContainerStatuses: [container('i', running, { ready: true, started: true, restartCount: 1 })],
      containerStatuses: [container('main', running, { ready: true })],
    },
  ],
  [
    'gated',
    { schedulingGates: [{ name: 'example.org/x' }] },
    { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }] },
  ],
  ['nominated', {}, { nominatedNodeName: 'other' }],
  [
    'ready-gate',
    { readinessGates: [{ conditionType: 'a/b' }] },
    {
      phase: 'Running',
      conditions: [{ type: 'a/b', status: 'True' }],
      containerStatuses: [container('main', running, { ready: true })],
    },
  ],
  [
    'unready',
    {},
    {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'False' }],
      containerStatuses: [container('main', running)],
    },
  ],
  [
    'lost',
    {},
    {
      phase: 'Running',
      reason: 'NodeLost',
      containerStatuses: [container('main', running, { ready: true })],
    },
  ],
];

const UNBOUND: ReadonlySet<string> = new Set(['gated', 'nominated']);

async function pods(api: Conversation) {
  for (const [name, spec, status] of STATES) {
    await api.aside.create(
      api.in('pods'),
      pod(name, { spec: { ...(UNBOUND.has(name) ? {} : { nodeName: 'table-node' }), ...spec } }),
    );
    await api.aside.patch(api.in(`pods/${name}/status`), 'strategic', { status });
  }
  await api.aside.create(api.in('pods'), pod('terminating', { spec: { nodeName: 'table-node' } }));
  await api.aside.delete(api.in('pods/terminating'));
  await api.get(api.in('pods'), { accept: TABLE, view: rowsOnly });
  await api.get(api.in('pods/running'), { accept: TABLE });
  await api.get(`${api.in('pods/running')}?includeObject=None`, { accept: TABLE });
  await api.get(`${api.in('pods/bare')}?includeObject=Object`, { accept: TABLE });
  await api.get(`${api.in('pods/bare')}?includeObject=Some`, { accept: TABLE });
}

async function node(api: Conversation) {
  const name = 'contract-tables-node';
  const path = `/api/v1/nodes/${name}`;
  await api.aside.create('/api/v1/nodes', {
    metadata: { name, labels: { 'node-role.kubernetes.io/worker': '', 'kubernetes.io/role': 'box' } },
    spec: { unschedulable: true },
    status: {
      addresses: [
        { type: 'InternalIP', address: '192.0.2.1' },
        { type: 'ExternalIP', address: '192.0.2.2' },
      ],
      conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: AT, lastTransitionTime: AT }],
      nodeInfo: {
        kubeletVersion: 'v1.36.3',
        osImage: 'OS',
        kernelVersion: '6',
        containerRuntimeVersion: 'docker://20',
      },
    },
  });
  await api.get(path, { accept: TABLE, view: rowsOnly });
  await api.aside.patch(`${path}/status`, 'strategic', {
    status: { conditions: [{ type: 'Ready', status: 'False' }], addresses: [{ $patch: 'replace' }] },
  });
  await api.get(path, { accept: TABLE, view: rowsOnly });
  await api.aside.delete(path);
}

async function configuration(api: Conversation) {
  await api.aside.create(api.in('configmaps'), configMap('c', { a: '1', b: '2' }));
  await api.aside.create(api.in('secrets'), { metadata: { name: 's' }, stringData: { a: '1' } });
  await api.aside.create(api.in('services'), {
    metadata: { name: 'headless' },
    spec: {
      clusterIP: 'None',
      selector: { a: 'b', c: 'd' },
      ports: [
        { port: 80, name: 'http' },
        { port: 53, protocol: 'UDP', name: 'dns' },
      ],
    },
  });
  await api.aside.create(api.in('services'), {
    metadata: { name: 'external' },
    spec: { type: 'ExternalName', externalName: 'example.org' },
  });
  await api.aside.create(api.in('services'), {
    metadata: { name: 'plain' },
    spec: { ports: [{ port: 443 }], externalIPs: ['192.0.2.7'] },
  });
  await api.aside.create(api.in('endpoints'), {
    metadata: { name: 'e' },
    subsets: [
      {
        addresses: [{ ip: '10.1.1.1' }, { ip: '10.1.1.2' }],
        ports: [
          { port: 80, name: 'a' },
          { port: 81, name: 'b' },
        ],
      },
    ],
  });
  await api.aside.create(api.in('endpoints'), { metadata: { name: 'none' } });
  await api.aside.create(api.in('persistentvolumeclaims'), {
    metadata: { name: 'claim' },
    spec: {
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'slow',
      resources: { requests: { storage: '1Gi' } },
    },
  });
  for (const plural of ['configmaps', 'secrets', 'serviceaccounts', 'services', 'persistentvolumeclaims']) {
    await api.get(api.in(plural), { accept: TABLE, view: withoutNames });
  }
  for (const name of ['e', 'none']) {
    await api.get(api.in(`endpoints/${name}`), { accept: TABLE, view: rowsOnly });
  }
  await api.aside.delete(api.in('persistentvolumeclaims/claim'));
}

async function rest(api: Conversation) {
  const involvedObject = { apiVersion: 'v1', kind: 'Pod', name: 'p', namespace: api.namespace, uid: 'u' };
  const event = {
    involvedObject,
    reason: 'R',
    message: 'm\n',
    type: 'Normal',
    source: { component: 'kubelet', host: 'h' },
    firstTimestamp: AT,
    lastTimestamp: AT,
  };
  await api.aside.create(api.in('events'), { ...event, metadata: { name: 'e1' }, count: 3 });
  await api.aside.create(api.in('events'), {
    ...event,
    metadata: { name: 'e2' },
    involvedObject: { ...involvedObject, fieldPath: 'spec.containers{main}' },
    source: {},
    firstTimestamp: null,
    lastTimestamp: null,
    eventTime: '2026-01-02T03:04:05.000000Z',
    reportingComponent: 'longshore.dev/x',
    reportingInstance: 'i',
    action: 'a',
  });
  await api.get(`${api.in('events')}?fieldSelector=involvedObject.name%3Dp`, {
    accept: TABLE,
    view: rowsOnly,
  });
  await api.get(`${api.in('events', 'events.k8s.io/v1')}?fieldSelector=regarding.name%3Dp`, {
    accept: TABLE,
    view: rowsOnly,
  });
  await api.aside.create(api.in('leases', 'coordination.k8s.io/v1'), {
    metadata: { name: 'l' },
    spec: { holderIdentity: 'me' },
  });
  await api.aside.create(api.in('leases', 'coordination.k8s.io/v1'), { metadata: { name: 'free' } });
  await api.get(api.in('leases', 'coordination.k8s.io/v1'), { accept: TABLE });
  await api.aside.create(api.in('poddisruptionbudgets', 'policy/v1'), {
    metadata: { name: 'b1' },
    spec: { minAvailable: '50%', selector: {} },
  });
  await api.aside.create(api.in('poddisruptionbudgets', 'policy/v1'), {
    metadata: { name: 'b2' },
    spec: { maxUnavailable: 1, selector: { matchLabels: { none: 'x' } } },
  });
  await api.get(api.in('poddisruptionbudgets', 'policy/v1'), { accept: TABLE, view: withoutLastCells });
  const rbac = 'rbac.authorization.k8s.io/v1';
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'r' };
  await api.aside.create(api.in('roles', rbac), { metadata: { name: 'r' }, rules: [] });
  await api.aside.create(api.in('rolebindings', rbac), {
    metadata: { name: 'rb' },
    roleRef,
    subjects: [
      { kind: 'User', name: 'u' },
      { kind: 'Group', name: 'g' },
      { kind: 'ServiceAccount', name: 's', namespace: 'n' },
    ],
  });
  await api.get(api.in('roles', rbac), { accept: TABLE, view: withoutTimes });
  await api.get(api.in('rolebindings', rbac), { accept: TABLE });
  await api.get(`/apis/${rbac}/clusterroles/cluster-admin`, { accept: TABLE, view: rowsOnlyWithoutTimes });
  await api.get(`/apis/${rbac}/clusterrolebindings/cluster-admin`, { accept: TABLE, view: rowsOnly });
  await api.get('/apis/scheduling.k8s.io/v1/priorityclasses/system-node-critical', {
    accept: TABLE,
    view: rowsOnly,
  });
  await api.get(`/api/v1/namespaces/${api.namespace}`, { accept: TABLE });
}

async function forms(api: Conversation) {
  const maps = api.in('configmaps');
  await api.get(`${maps}?fieldSelector=metadata.name%3Dnone`, { accept: TABLE });
  await api.get(`${maps}/none`, { accept: TABLE });
  await api.create(maps, configMap('made'), { accept: TABLE });
  await api.delete(`${maps}/made`, undefined, { accept: TABLE });
  await api.get(`${maps}/c`, { accept: 'application/json;as=Table;v=v1beta1;g=meta.k8s.io' });
  await api.get(`${maps}/c`, { accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io' });
  await api.get(`${maps}/c`, { accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io' });
  await api.get(`${maps}?fieldSelector=metadata.name%3Dc`, {
    accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
  });
  await api.get(`${maps}?fieldSelector=metadata.name%3Dc`, {
    accept: 'application/json;as=PartialObjectMetadataList;v=v1beta1;g=meta.k8s.io',
  });
}

interface Table {
  readonly kind: string;
  readonly columnDefinitions: { readonly name: string }[];
  readonly rows: {
    readonly cells: unknown[];
    readonly conditions?: unknown;
    readonly object: { readonly metadata: { readonly name: string } };
  }[];
}

function rowsOnly(body: Table): unknown {
  if (body.kind !== 'Table') return body;
  const rows = body.rows.map(({ cells, conditions }) => ({ cells, conditions }));
  return { ...body, rows };
}

/** Without the objects that controllers put there, each in its own time. */
function withoutNames(body: Table) {
  return rowsOnly({
    ...body,
    rows: body.rows.filter(({ object }) => object.metadata.name !== 'kube-root-ca.crt'),
  });
}

function withoutTimes(body: Table) {
  return { ...body, rows: body.rows.map((row) => ({ ...row, cells: row.cells.slice(0, 1) })) };
}

function rowsOnlyWithoutTimes(body: Table) {
  return rowsOnly({ ...body, rows: body.rows.map((row) => ({ ...row, cells: row.cells.slice(0, 1) })) });
}

/** What a budget allows is counted in its own time. */
function withoutLastCells(body: Table) {
  return rowsOnly({ ...body, rows: body.rows.map((row) => ({ ...row, cells: row.cells.slice(0, 3) })) });
}
