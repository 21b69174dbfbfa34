// Where pods find the cluster's DNS, as the controller is told and its agents pass on.

export interface ClusterDns {
  /** Empty: agents cannot reach it. */
  readonly nameservers: readonly string[];
  readonly domain: string;
}

export const DEFAULT_CLUSTER_DOMAIN = 'cluster.local';
export const NO_CLUSTER_DNS: ClusterDns = { nameservers: [], domain: DEFAULT_CLUSTER_DOMAIN };

/** More would not be read by a pod's resolver. */
export const MAX_NAMESERVERS = 3;
