// What label and field selectors choose, and how they are refused.
import { configMap, pod } from '../objects.ts';
import type { Scenario } from '../scenario.ts';

const LABELS = [
  'a',
  '!a',
  'a=1',
  'a==1',
  'a!=1',
  'a in (1,2)',
  'a notin (1,2)',
  'a in (1),b',
  'a,!b',
  'a=',
  'a in ()',
  'a in (,1)',
  'n>3',
  'n<3',
  'example.org/x=y',
  ' a = 1 , b ',
  'a=1=2',
  'a in 1',
  'a in (1',
  '=1',
  'a,,b',
  'a,',
  '-a',
  'a b',
  'a>x',
  'a=x y',
  `${'k'.repeat(64)}=1`,
  `a=${'v'.repeat(64)}`,
];

const FIELDS: readonly (readonly [string, readonly string[]])[] = [
  [
    'pods',
    [
      'metadata.name=one',
      'metadata.name!=one',
      'spec.nodeName=selector-node',
      'spec.nodeName!=selector-node',
      'spec.nodeName=',
      'status.phase=Pending',
      'status.phase!=Running,metadata.name=two',
      'spec.restartPolicy=Never',
      'spec.schedulerName=nobody',
      'spec.serviceAccountName=default',
      'spec.hostNetwork=false',
      'status.podIP=10.9.8.7',
      'status.podIPs=10.9.8.7',
      'metadata.namespace=elsewhere',
      'metadata.uid=x',
      'spec.containers=1',
      'metadata.name',
      'metadata.name>a',
      'metadata.name=one,',
    ],
  ],
  ['configmaps', ['metadata.name=m', 'data.a=1', 'type=Opaque']],
  ['secrets', ['type=Opaque', 'type=other', 'metadata.namespace!=x', 'data=1']],
  ['serviceaccounts', ['metadata.name=default', 'secrets=1']],
  ['services', ['spec.clusterIP=None', 'spec.type=ClusterIP', 'spec.ports=1']],
  [
    'events',
    [
      'reason=Tested',
      'involvedObject.name=one',
      'type=Warning',
      'involvedObject.kind=Pod',
      'source=me',
      'reportingComponent=me',
      'message=x',
    ],
  ],
];

const CLUSTER_FIELDS: readonly (readonly [string, readonly string[]])[] = [
  [
    '/api/v1/namespaces',
    ['metadata.name=contract-selectors', 'status.phase=Active,metadata.name=contract-selectors', 'spec.x=1'],
  ],
  [
    '/api/v1/nodes',
    ['metadata.name=selector-node', 'spec.unschedulable=true,metadata.name=selector-node', 'status.phase=1'],
  ],
  ['/apis/coordination.k8s.io/v1/leases', ['metadata.name=none', 'spec.holderIdentity=x']],
  [
    '/apis/certificates.k8s.io/v1/certificatesigningrequests',
    ['spec.signerName=example.org/none', 'spec.username=x'],
  ],
];

export const selectors: Scenario = {
  name: 'selectors',
  async run(api) {
    const maps = [
      configMap('none'),
      configMap('a1', {}, { labels: { a: '1', n: '2' } }),
      configMap('a2b', {}, { labels: { a: '2', b: '', n: '5' } }),
      configMap('empty', {}, { labels: { a: '', 'example.org/x': 'y' } }),
    ];
    for (const map of maps) await api.aside.create(api.in('configmaps'), map);
    for (const selector of LABELS) {
      await api.get(`${api.in('configmaps')}?labelSelector=${encodeURIComponent(selector)}`, { view: names });
    }

    await api.aside.create(
      api.in('pods'),
      pod('one', { spec: { restartPolicy: 'Never', nodeName: 'selector-node' } }),
    );
    await api.aside.create(api.in('pods'), pod('two'));
    await api.aside.patch(api.in('pods/one/status'), 'merge', {
      status: { podIP: '10.9.8.7', podIPs: [{ ip: '10.9.8.7' }] },
    });
    await api.aside.create(api.in('secrets'), { metadata: { name: 's' } });
    await api.aside.create(api.in('services'), {
      metadata: { name: 'headless' },
      spec: { clusterIP: 'None' },
    });
    await api.aside.create(api.in('events'), {
      metadata: { name: 'e' },
      involvedObject: { apiVersion: 'v1', kind: 'Pod', name: 'one', namespace: api.namespace },
      reason: 'Tested',
      type: 'Warning',
      source: { component: 'me' },
      reportingComponent: 'me',
    });
    for (const [plural, selectors] of FIELDS) {
      for (const selector of selectors)
        await api.get(`${api.in(plural)}?fieldSelector=${encodeURIComponent(selector)}`, { view: names });
    }
    for (const [path, selectors] of CLUSTER_FIELDS) {
      for (const selector of selectors)
        await api.get(`${path}?fieldSelector=${encodeURIComponent(selector)}`, { view: names });
    }
    const both = `labelSelector=a&fieldSelector=${encodeURIComponent('metadata.name!=a1')}`;
    await api.get(`${api.in('configmaps')}?${both}`, { view: names });
  },
};

/** Of a list, which objects are in it; of a Status, what it says. */
function names(body: {
  kind: string;
  code: number;
  reason: string;
  message: string;
  items: { metadata: { name: string } }[];
}) {
  const { kind, code, reason, message } = body;
  if (kind === 'Status') return { code, reason, message };
  return (body.items ?? [])
    .map(({ metadata }) => metadata.name)
    .filter((name) => name !== 'kube-root-ca.crt');
}
