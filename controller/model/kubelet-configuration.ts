// `/configz`: how this node's kubelet is set up, in the kubelet's own terms. Only what it has and does; each machine's own
// settings are not the node's.
import type { ClusterDns } from '../../common/cluster-dns.ts';

export interface ShownConfig {
  readonly clusterDns: ClusterDns;
  readonly kubeletListen: { readonly host: string };
}

export function kubeletConfiguration({ clusterDns, kubeletListen }: ShownConfig, port: number): object {
  return {
    kubeletconfig: {
      kind: 'KubeletConfiguration',
      apiVersion: 'kubelet.config.k8s.io/v1beta1',
      enableServer: true,
      address: kubeletListen.host,
      port,
      authentication: { anonymous: { enabled: false }, webhook: { enabled: true, cacheTTL: '2m0s' } },
      authorization: {
        mode: 'Webhook',
        webhook: { cacheAuthorizedTTL: '5m0s', cacheUnauthorizedTTL: '30s' },
      },
      clusterDomain: clusterDns.domain,
      ...(clusterDns.nameservers.length > 0 && { clusterDNS: clusterDns.nameservers }),
      streamingConnectionIdleTimeout: '4h0m0s',
      nodeStatusReportFrequency: '5m0s',
      nodeLeaseDurationSeconds: 40,
      nodeStatusMaxImages: 50,
      failSwapOn: false,
      enableDebuggingHandlers: true,
    },
  };
}
