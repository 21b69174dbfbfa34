// The kinds this server has without any CustomResourceDefinition. apps/v1 and batch/v1 are left out on purpose: there
// are no controllers behind them here, and an object nobody acts on would mislead.
import type { ResourceDefinition } from './resource.ts';

interface Row {
  readonly kind: string;
  readonly plural: string;
  readonly short?: readonly string[];
  readonly cluster?: boolean;
  readonly subresources?: readonly string[];
  readonly verbs?: readonly string[];
  readonly categories?: readonly string[];
}

const CREATE_ONLY = ['create'];

const CORE: readonly Row[] = [
  { kind: 'Binding', plural: 'bindings', verbs: CREATE_ONLY },
  { kind: 'ConfigMap', plural: 'configmaps', short: ['cm'] },
  { kind: 'Endpoints', plural: 'endpoints', short: ['ep'] },
  { kind: 'Event', plural: 'events', short: ['ev'] },
  {
    kind: 'Namespace',
    plural: 'namespaces',
    short: ['ns'],
    cluster: true,
    subresources: ['finalize', 'status'],
  },
  { kind: 'Node', plural: 'nodes', short: ['no'], cluster: true, subresources: ['proxy', 'status'] },
  {
    kind: 'PersistentVolumeClaim',
    plural: 'persistentvolumeclaims',
    short: ['pvc'],
    subresources: ['status'],
  },
  {
    kind: 'PersistentVolume',
    plural: 'persistentvolumes',
    short: ['pv'],
    cluster: true,
    subresources: ['status'],
  },
  {
    kind: 'Pod',
    plural: 'pods',
    short: ['po'],
    categories: ['all'],
    subresources: [
      'attach',
      'binding',
      'ephemeralcontainers',
      'eviction',
      'exec',
      'log',
      'portforward',
      'proxy',
      'resize',
      'status',
    ],
  },
  { kind: 'Secret', plural: 'secrets' },
  { kind: 'ServiceAccount', plural: 'serviceaccounts', short: ['sa'], subresources: ['token'] },
  { kind: 'Service', plural: 'services', short: ['svc'], categories: ['all'], subresources: ['status'] },
];

const GROUPS: readonly (readonly [string, string, readonly Row[]])[] = [
  ['', 'v1', CORE],
  [
    'apiextensions.k8s.io',
    'v1',
    [
      {
        kind: 'CustomResourceDefinition',
        plural: 'customresourcedefinitions',
        short: ['crd', 'crds'],
        cluster: true,
        categories: ['api-extensions'],
        subresources: ['status'],
      },
    ],
  ],
  [
    'authentication.k8s.io',
    'v1',
    [
      { kind: 'SelfSubjectReview', plural: 'selfsubjectreviews', cluster: true, verbs: CREATE_ONLY },
      { kind: 'TokenReview', plural: 'tokenreviews', cluster: true, verbs: CREATE_ONLY },
    ],
  ],
  [
    'authorization.k8s.io',
    'v1',
    [
      { kind: 'LocalSubjectAccessReview', plural: 'localsubjectaccessreviews', verbs: CREATE_ONLY },
      {
        kind: 'SelfSubjectAccessReview',
        plural: 'selfsubjectaccessreviews',
        cluster: true,
        verbs: CREATE_ONLY,
      },
      {
        kind: 'SelfSubjectRulesReview',
        plural: 'selfsubjectrulesreviews',
        cluster: true,
        verbs: CREATE_ONLY,
      },
      { kind: 'SubjectAccessReview', plural: 'subjectaccessreviews', cluster: true, verbs: CREATE_ONLY },
    ],
  ],
  [
    'certificates.k8s.io',
    'v1',
    [
      {
        kind: 'CertificateSigningRequest',
        plural: 'certificatesigningrequests',
        short: ['csr'],
        cluster: true,
        subresources: ['approval', 'status'],
      },
    ],
  ],
  ['coordination.k8s.io', 'v1', [{ kind: 'Lease', plural: 'leases' }]],
  ['events.k8s.io', 'v1', [{ kind: 'Event', plural: 'events', short: ['ev'] }]],
  [
    'policy',
    'v1',
    [
      {
        kind: 'PodDisruptionBudget',
        plural: 'poddisruptionbudgets',
        short: ['pdb'],
        subresources: ['status'],
      },
    ],
  ],
  [
    'rbac.authorization.k8s.io',
    'v1',
    [
      { kind: 'ClusterRoleBinding', plural: 'clusterrolebindings', cluster: true },
      { kind: 'ClusterRole', plural: 'clusterroles', cluster: true },
      { kind: 'RoleBinding', plural: 'rolebindings' },
      { kind: 'Role', plural: 'roles' },
    ],
  ],
  [
    'scheduling.k8s.io',
    'v1',
    [{ kind: 'PriorityClass', plural: 'priorityclasses', short: ['pc'], cluster: true }],
  ],
];

export const BUILTIN_RESOURCES: readonly ResourceDefinition[] = GROUPS.flatMap(([group, version, rows]) =>
  rows.map((row) => ({
    group,
    version,
    kind: row.kind,
    listKind: `${row.kind}List`,
    plural: row.plural,
    singular: row.kind.toLowerCase(),
    shortNames: row.short ?? [],
    categories: row.categories ?? [],
    namespaced: row.cluster !== true,
    subresources: row.subresources ?? [],
    ...(row.verbs ? { verbs: row.verbs } : {}),
  })),
);
