// What a fresh cluster holds before anyone writes to it: namespaces, the `kubernetes` Service, priority classes, and the
// bootstrap RBAC objects that others refer to by name.
import type { JsonObject } from './resource.ts';

export interface BootObject {
  readonly plural: string;
  readonly group: string;
  readonly namespace?: string;
  readonly object: JsonObject;
}

const RBAC = 'rbac.authorization.k8s.io';
const READ = ['get', 'list', 'watch'];
const WRITE = ['create', 'delete', 'deletecollection', 'patch', 'update'];

export function bootObjects(options: {
  readonly caCertificate: string;
  readonly port: number;
}): BootObject[] {
  return [
    ...['default', 'kube-system', 'kube-public', 'kube-node-lease'].map((name) =>
      cluster('namespaces', '', name, {}),
    ),
    ...priorityClasses(),
    ...Object.entries(CLUSTER_ROLES).map(([name, rules]) => cluster('clusterroles', RBAC, name, { rules })),
    ...CLUSTER_BINDINGS.map(([role, ...groups]) => clusterBinding(role, groups)),
    {
      plural: 'services',
      group: '',
      namespace: 'default',
      object: {
        metadata: { name: 'kubernetes', labels: { component: 'apiserver', provider: 'kubernetes' } },
        spec: {
          clusterIP: '10.96.0.1',
          ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: options.port }],
        },
      },
    },
    {
      plural: 'configmaps',
      group: '',
      namespace: 'kube-system',
      object: {
        metadata: { name: 'extension-apiserver-authentication' },
        data: { 'client-ca-file': options.caCertificate },
      },
    },
    ...authenticationReader(),
  ];
}

function cluster(plural: string, group: string, name: string, fields: JsonObject): BootObject {
  return { plural, group, object: { metadata: { name }, ...fields } };
}

function priorityClasses(): BootObject[] {
  const rows: readonly (readonly [string, number])[] = [
    ['system-cluster-critical', 2_000_000_000],
    ['system-node-critical', 2_000_001_000],
  ];
  return rows.map(([name, value]) =>
    cluster('priorityclasses', 'scheduling.k8s.io', name, {
      value,
      preemptionPolicy: 'PreemptLowerPriority',
    }),
  );
}

function clusterBinding(role: string, groups: readonly string[]): BootObject {
  return cluster('clusterrolebindings', RBAC, role, {
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: role },
    subjects: groups.map((name) => ({ apiGroup: RBAC, kind: 'Group', name })),
  });
}

function authenticationReader(): BootObject[] {
  const rule = {
    apiGroups: [''],
    resources: ['configmaps'],
    resourceNames: ['extension-apiserver-authentication'],
    verbs: READ,
  };
  const object = { metadata: { name: 'extension-apiserver-authentication-reader' }, rules: [rule] };
  return [{ plural: 'roles', group: RBAC, namespace: 'kube-system', object }];
}

const NAMESPACED = [
  'configmaps',
  'endpoints',
  'persistentvolumeclaims',
  'pods',
  'pods/attach',
  'pods/exec',
  'pods/log',
  'pods/portforward',
  'pods/proxy',
  'pods/status',
  'serviceaccounts',
  'services',
  'services/status',
];
const READABLE = [...NAMESPACED, 'bindings', 'events', 'namespaces'];

const VIEW = [
  { apiGroups: [''], resources: READABLE, verbs: READ },
  { apiGroups: ['policy'], resources: ['poddisruptionbudgets'], verbs: READ },
];
const EDIT = [
  ...VIEW,
  { apiGroups: [''], resources: ['secrets'], verbs: READ },
  { apiGroups: [''], resources: [...NAMESPACED, 'secrets', 'events'], verbs: WRITE },
  { apiGroups: [''], resources: ['pods/eviction', 'serviceaccounts/token'], verbs: ['create'] },
  { apiGroups: ['policy'], resources: ['poddisruptionbudgets'], verbs: WRITE },
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: [...READ, ...WRITE] },
];
const REVIEWS = [
  { apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] },
  { apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'], verbs: ['create'] },
];

const CLUSTER_ROLES: Readonly<Record<string, readonly JsonObject[]>> = {
  'cluster-admin': [
    { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
    { nonResourceURLs: ['*'], verbs: ['*'] },
  ],
  admin: [...EDIT, { apiGroups: [RBAC], resources: ['rolebindings', 'roles'], verbs: [...READ, ...WRITE] }],
  edit: EDIT,
  view: VIEW,
  'system:auth-delegator': REVIEWS,
  'system:basic-user': [
    {
      apiGroups: ['authorization.k8s.io'],
      resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
      verbs: ['create'],
    },
    { apiGroups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'], verbs: ['create'] },
  ],
  'system:discovery': [
    {
      nonResourceURLs: [
        '/api',
        '/api/*',
        '/apis',
        '/apis/*',
        '/healthz',
        '/livez',
        '/openapi',
        '/openapi/*',
        '/readyz',
        '/version',
        '/version/',
      ],
      verbs: ['get'],
    },
  ],
  'system:public-info-viewer': [
    { nonResourceURLs: ['/healthz', '/livez', '/readyz', '/version', '/version/'], verbs: ['get'] },
  ],
  'system:kubelet-api-admin': [
    { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list', 'watch', 'proxy'] },
    {
      apiGroups: [''],
      resources: ['nodes/log', 'nodes/metrics', 'nodes/proxy', 'nodes/stats', 'nodes/pods'],
      verbs: ['*'],
    },
  ],
  // Bound to system:nodes below: the Node authorizer's per-node limits are not here.
  'system:node': [
    ...REVIEWS,
    { apiGroups: [''], resources: ['nodes'], verbs: [...READ, 'create', 'delete', 'patch', 'update'] },
    { apiGroups: [''], resources: ['nodes/status', 'pods/status'], verbs: ['patch', 'update'] },
    { apiGroups: [''], resources: ['pods'], verbs: [...READ, 'create', 'delete', 'patch'] },
    { apiGroups: [''], resources: ['pods/eviction', 'serviceaccounts/token'], verbs: ['create'] },
    { apiGroups: [''], resources: ['configmaps', 'secrets', 'services', 'serviceaccounts'], verbs: READ },
    {
      apiGroups: [''],
      resources: ['persistentvolumeclaims', 'persistentvolumes', 'endpoints'],
      verbs: ['get'],
    },
    { apiGroups: ['', 'events.k8s.io'], resources: ['events'], verbs: ['create', 'patch', 'update'] },
    {
      apiGroups: ['coordination.k8s.io'],
      resources: ['leases'],
      verbs: ['get', 'create', 'update', 'patch', 'delete'],
    },
    {
      apiGroups: ['certificates.k8s.io'],
      resources: ['certificatesigningrequests'],
      verbs: [...READ, 'create'],
    },
  ],
};

const CLUSTER_BINDINGS: readonly (readonly [string, ...string[]])[] = [
  ['cluster-admin', 'system:masters'],
  ['system:basic-user', 'system:authenticated'],
  ['system:discovery', 'system:authenticated'],
  ['system:node', 'system:nodes'],
  ['system:public-info-viewer', 'system:authenticated', 'system:unauthenticated'],
];
