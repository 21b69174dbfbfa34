// The environment variables by which pods find Services, as a kubelet makes them.
import type { V1Service } from '@kubernetes/client-node';
import type { Json } from '../../common/pod.ts';

export type Service = Json<V1Service> & {
  metadata: { name: string; namespace?: string; uid: string; resourceVersion?: string };
};

const CLUSTER_NAMESPACE = 'default';
const CLUSTER_SERVICE = 'kubernetes';

/** Of the API server's own Service, as pods on agents reach it. */
export interface ApiServerAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * The variables of a namespace's Services and of the cluster's own; of the latter alone without a namespace. A Service
 * of the namespace wins over the cluster's own of the same name.
 */
export function serviceVariables(
  services: readonly Service[],
  namespace: string | undefined,
  apiServer: ApiServerAddress | undefined,
): Readonly<Record<string, string>> {
  const own = services.filter(({ metadata }) => metadata.namespace === namespace);
  const cluster = services.filter(isClusterService).map((service) => reachedAt(service, apiServer));
  const byName = new Map(
    [...own.filter((service) => !isClusterService(service)), ...cluster]
      .filter(hasAddress)
      .reverse()
      .map((service) => [service.metadata.name, service]),
  );
  const names = [...byName.keys()].sort();
  return Object.assign({}, ...names.map((name) => variablesOf(byName.get(name))));
}

export function isClusterService({ metadata }: Service): boolean {
  return metadata.namespace === CLUSTER_NAMESPACE && metadata.name === CLUSTER_SERVICE;
}

function hasAddress({ spec }: Service): boolean {
  return spec?.clusterIP !== undefined && spec.clusterIP !== '' && spec.clusterIP !== 'None';
}

/** Where cluster IPs lead nowhere, the API server may still be reached at another address. */
function reachedAt(service: Service, apiServer: ApiServerAddress | undefined): Service {
  if (!apiServer) return service;
  const { host, port } = apiServer;
  const [first] = service.spec?.ports ?? [];
  return {
    ...service,
    spec: { ...service.spec, clusterIP: host, ports: [{ name: 'https', protocol: 'TCP', ...first, port }] },
  };
}

function variablesOf(service: Service | undefined): Record<string, string> {
  const { clusterIP = '', ports = [] } = service?.spec ?? {};
  const prefix = variableName(service?.metadata.name ?? '');
  const variables: Record<string, string> = { [`${prefix}_SERVICE_HOST`]: clusterIP };
  for (const [index, { name, port, protocol = 'TCP' }] of ports.entries()) {
    const url = `${protocol.toLowerCase()}://${withPort(clusterIP, port)}`;
    const link = `${prefix}_PORT_${port}_${protocol.toUpperCase()}`;
    if (index === 0) {
      variables[`${prefix}_SERVICE_PORT`] = `${port}`;
      variables[`${prefix}_PORT`] = url;
    }
    if (name) variables[`${prefix}_SERVICE_PORT_${variableName(name)}`] = `${port}`;
    variables[link] = url;
    variables[`${link}_PROTO`] = protocol.toLowerCase();
    variables[`${link}_PORT`] = `${port}`;
    variables[`${link}_ADDR`] = clusterIP;
  }
  return variables;
}

function variableName(name: string): string {
  return name.replaceAll('-', '_').toUpperCase();
}

function withPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
