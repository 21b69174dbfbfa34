// Metrics-server beside a real control plane, so that `kubectl top` and autoscalers work: what the cluster has to know of it,
// who it is, and its command line. The API server reaches it at an address that an endpoint may have, so not on loopback.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiregistrationV1Api, CoreV1Api, type KubernetesObject } from '@kubernetes/client-node';
import { stringify } from 'yaml';
import { createAll } from '../bootstrap.ts';
import type { SandboxLayout } from '../layout.ts';
import { loadKubeconfig } from '../observe.ts';
import type { ProcessSpec } from '../process.ts';

export interface MetricsServerOptions {
  /** The program. */
  readonly command: string;
  readonly listen: { readonly host: string; readonly port: number };
}

export const METRICS_SERVER = 'metrics-server';
const API_SERVICE = 'v1beta1.metrics.k8s.io';
const NAMESPACE = 'kube-system';
const YEAR_SECONDS = 365 * 86_400;

/** Makes what is missing. */
export async function prepareMetricsServer(
  layout: SandboxLayout,
  options: MetricsServerOptions,
): Promise<void> {
  await createAll(layout.kubeconfig, clusterObjects(options));
  const admin = loadKubeconfig(layout.kubeconfig);
  const { status } = await admin.makeApiClient(CoreV1Api).createNamespacedServiceAccountToken({
    name: METRICS_SERVER,
    namespace: NAMESPACE,
    body: { spec: { audiences: [], expirationSeconds: YEAR_SECONDS } },
  });
  const cluster = admin.getCurrentCluster();
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'sandbox',
        cluster: { server: cluster?.server, 'certificate-authority-data': cluster?.caData },
      },
    ],
    users: [{ name: METRICS_SERVER, user: { token: status?.token } }],
    contexts: [{ name: 'sandbox', context: { cluster: 'sandbox', user: METRICS_SERVER } }],
    'current-context': 'sandbox',
  };
  writeFileSync(kubeconfigFile(layout), stringify(config), { mode: 0o600 });
}

export function metricsServerSpec(
  layout: SandboxLayout,
  { command, listen }: MetricsServerOptions,
): ProcessSpec {
  const kubeconfig = kubeconfigFile(layout);
  const flags = {
    kubeconfig,
    'authentication-kubeconfig': kubeconfig,
    'authorization-kubeconfig': kubeconfig,
    'bind-address': listen.host,
    'secure-port': listen.port,
    'cert-dir': join(layout.dir, 'metrics-server-certificates'),
    // The controller's own CA signs the kubelet port's.
    'kubelet-insecure-tls': true,
    'kubelet-use-node-status-port': true,
    'kubelet-preferred-address-types': 'InternalIP',
    // The shortest that it takes; a request must be over before the next.
    'metric-resolution': '10s',
    'kubelet-request-timeout': '5s',
  };
  return {
    name: METRICS_SERVER,
    command,
    args: Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
    logFile: layout.logFile(METRICS_SERVER),
  };
}

/** The API server has reached it. */
export async function servesMetrics(kubeconfig: string): Promise<boolean> {
  const api = loadKubeconfig(kubeconfig).makeApiClient(ApiregistrationV1Api);
  const { status } = await api.readAPIService({ name: API_SERVICE });
  return status?.conditions?.some(({ type, status: is }) => type === 'Available' && is === 'True') ?? false;
}

function kubeconfigFile(layout: SandboxLayout): string {
  return join(layout.dir, 'metrics-server.kubeconfig');
}

function clusterObjects({ listen: { host, port } }: MetricsServerOptions): KubernetesObject[] {
  const rbac = 'rbac.authorization.k8s.io';
  const metadata = { name: METRICS_SERVER, namespace: NAMESPACE };
  const subjects = [{ kind: 'ServiceAccount', ...metadata }];
  const role = (kind: 'Role' | 'ClusterRole', name: string) => ({ apiGroup: rbac, kind, name });
  const object = (apiVersion: string, kind: string, rest: object): KubernetesObject => ({
    ...{ apiVersion, kind },
    ...rest,
  });
  return [
    object('v1', 'ServiceAccount', { metadata }),
    object(`${rbac}/v1`, 'ClusterRole', {
      metadata: { name: 'system:metrics-server' },
      rules: [
        { apiGroups: [''], resources: ['nodes/metrics'], verbs: ['get'] },
        { apiGroups: [''], resources: ['pods', 'nodes'], verbs: ['get', 'list', 'watch'] },
      ],
    }),
    object(`${rbac}/v1`, 'ClusterRoleBinding', {
      metadata: { name: 'system:metrics-server' },
      ...{ roleRef: role('ClusterRole', 'system:metrics-server'), subjects },
    }),
    object(`${rbac}/v1`, 'ClusterRoleBinding', {
      metadata: { name: 'metrics-server:system:auth-delegator' },
      ...{ roleRef: role('ClusterRole', 'system:auth-delegator'), subjects },
    }),
    object(`${rbac}/v1`, 'RoleBinding', {
      metadata: { name: 'metrics-server-auth-reader', namespace: NAMESPACE },
      ...{ roleRef: role('Role', 'extension-apiserver-authentication-reader'), subjects },
    }),
    object('v1', 'Service', { metadata, spec: { ports: [{ name: 'https', port: 443, targetPort: port }] } }),
    object('discovery.k8s.io/v1', 'EndpointSlice', {
      metadata: { ...metadata, labels: { 'kubernetes.io/service-name': METRICS_SERVER } },
      addressType: 'IPv4',
      ports: [{ name: 'https', port, protocol: 'TCP' }],
      endpoints: [{ addresses: [host], conditions: { ready: true } }],
    }),
    object('apiregistration.k8s.io/v1', 'APIService', {
      metadata: { name: API_SERVICE },
      spec: {
        group: 'metrics.k8s.io',
        version: 'v1beta1',
        service: metadata,
        groupPriorityMinimum: 100,
        versionPriority: 100,
        insecureSkipTLSVerify: true,
      },
    }),
  ];
}
