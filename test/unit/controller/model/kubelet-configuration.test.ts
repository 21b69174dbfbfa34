import assert from 'node:assert/strict';
import { it } from 'node:test';
import { NO_CLUSTER_DNS } from '../../../../common/cluster-dns.ts';
import { kubeletConfiguration } from '../../../../controller/model/kubelet-configuration.ts';

it('the configuration that tools read has the cluster’s DNS and the port', () => {
  const shown = (nameservers: readonly string[]) =>
    kubeletConfiguration(
      { clusterDns: { ...NO_CLUSTER_DNS, nameservers }, kubeletListen: { host: '0.0.0.0' } },
      10250,
    ) as { kubeletconfig: Record<string, unknown> };
  const { kind, port, clusterDomain, clusterDNS } = shown(['10.96.0.10']).kubeletconfig;
  assert.deepEqual(
    { kind, port, clusterDomain, clusterDNS },
    { kind: 'KubeletConfiguration', port: 10250, clusterDomain: 'cluster.local', clusterDNS: ['10.96.0.10'] },
  );
  assert.ok(!('clusterDNS' in shown([]).kubeletconfig), 'agents reach none');
});
