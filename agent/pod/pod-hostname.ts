// What a pod calls itself: its hostname, and its name in the cluster's DNS when it has a subdomain.
import type { Pod } from '../../common/pod.ts';

export interface PodHostname {
  /** As `hostname` prints it. */
  readonly hostname: string;
  /** The short name, for /etc/hosts. */
  readonly host: string;
  /** Undefined without a subdomain. */
  readonly fqdn: string | undefined;
}

const MAX_LABEL = 63;
/** The kernel's limit for a hostname. */
const MAX_HOSTNAME = 64;

export type HostnameResult =
  | ({ readonly kind: 'ok' } & PodHostname)
  | { readonly kind: 'problem'; readonly message: string };

export function podHostname({ metadata, spec }: Pod, clusterDomain: string): HostnameResult {
  const { hostnameOverride, subdomain, setHostnameAsFQDN } = spec;
  if (hostnameOverride) {
    return { kind: 'ok', hostname: hostnameOverride, host: hostnameOverride, fqdn: undefined };
  }
  const host = (spec.hostname || metadata.name).slice(0, MAX_LABEL).replace(/[-.]+$/, '');
  const fqdn = subdomain ? `${host}.${subdomain}.${metadata.namespace}.svc.${clusterDomain}` : undefined;
  if (!setHostnameAsFQDN || fqdn === undefined) return { kind: 'ok', hostname: host, host, fqdn };
  if (fqdn.length <= MAX_HOSTNAME) return { kind: 'ok', hostname: fqdn, host, fqdn };
  const message = `failed to construct FQDN from pod hostname and cluster domain, FQDN ${fqdn} is too long (${MAX_HOSTNAME} characters is the max, ${fqdn.length} characters requested)`;
  return { kind: 'problem', message };
}
