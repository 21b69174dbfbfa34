// A controller's configuration for tests: everything on loopback, any free port, silent.
import { NO_CLUSTER_DNS } from '../../common/cluster-dns.ts';
import type { ControllerConfig } from '../../controller/config.ts';
import { WELL_KNOWN_KEYS } from '../../controller/model/placement/presence-labels.ts';

export function controllerConfig(
  kubeconfig: string,
  overrides: Partial<ControllerConfig> = {},
): ControllerConfig {
  return {
    kubeconfig,
    context: undefined,
    namespace: 'longshore-system',
    pod: undefined,
    nodes: 'one',
    nodeName: 'longshore',
    nodeLabels: {},
    presenceKeys: WELL_KNOWN_KEYS,
    nodeAddress: { kind: 'ip', ip: '127.0.0.1' },
    grpcListen: { host: '127.0.0.1', port: 0 },
    kubeletListen: { host: '127.0.0.1', port: 0 },
    nodeCredential: false,
    kubeletCertificate: { kind: 'own' },
    healthListen: undefined,
    advertiseAddress: '127.0.0.1:7443',
    podApiServer: undefined,
    mdns: false,
    clusterDns: NO_CLUSTER_DNS,
    podRange: undefined,
    podsRoutable: true,
    logLevel: 'silent',
    ...overrides,
  };
}
