// The text of a pod's /etc/hosts.
import type { Pod } from '../../common/pod.ts';
import type { PodHostname } from './pod-hostname.ts';

const LOCAL = `# Kubernetes-managed hosts file.
127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
fe00::0\tip6-mcastprefix
fe00::1\tip6-allnodes
fe00::2\tip6-allrouters
`;

const OF_THE_HOST = '# Kubernetes-managed hosts file (host network).\n';

export interface HostsSources {
  readonly names: PodHostname;
  readonly podIps: readonly string[];
  /** The machine's own /etc/hosts. */
  readonly machineHosts: string;
}

export function hostsFile({ spec }: Pod, { names, podIps, machineHosts }: HostsSources): string {
  const { host, fqdn } = names;
  const self = podIps.map((ip) => `${ip}\t${fqdn === undefined ? host : `${fqdn}\t${host}`}\n`);
  const base = spec.hostNetwork ? `${OF_THE_HOST}${machineHosts}` : `${LOCAL}${self.join('')}`;
  const aliases = (spec.hostAliases ?? []).map(
    ({ ip, hostnames }) => `${[ip, ...(hostnames ?? [])].join('\t')}\n`,
  );
  if (aliases.length === 0) return base;
  return `${base}\n# Entries added by HostAliases.\n${aliases.join('')}`;
}
