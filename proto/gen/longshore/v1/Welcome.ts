// Original file: longshore/v1/session.proto

import type { Long } from '@grpc/proto-loader';

export interface Welcome {
  'protocolVersion'?: (number);
  /**
   * The leader's term. An agent obeys the newest it has seen and no older one.
   */
  'epoch'?: (number | string | Long);
  'timeMs'?: (number | string | Long);
  'heartbeatIntervalMs'?: (number);
  /**
   * The virtual node's name, as pods see it.
   */
  'nodeName'?: (string);
  /**
   * The cluster's DNS, for pods with dnsPolicy ClusterFirst. No addresses: agents cannot reach it.
   */
  'clusterDns'?: (string)[];
  /**
   * Empty: cluster.local.
   */
  'clusterDomain'?: (string);
  /**
   * The agent's part of the fleet's pod addresses, such as 10.208.3.0/24, for a network of its own. Empty: as before;
   * "none": there is none, pods go to the engine's own network.
   */
  'podCidr'?: (string);
}

export interface Welcome__Output {
  'protocolVersion': (number);
  /**
   * The leader's term. An agent obeys the newest it has seen and no older one.
   */
  'epoch': (number);
  'timeMs': (number);
  'heartbeatIntervalMs': (number);
  /**
   * The virtual node's name, as pods see it.
   */
  'nodeName': (string);
  /**
   * The cluster's DNS, for pods with dnsPolicy ClusterFirst. No addresses: agents cannot reach it.
   */
  'clusterDns': (string)[];
  /**
   * Empty: cluster.local.
   */
  'clusterDomain': (string);
  /**
   * The agent's part of the fleet's pod addresses, such as 10.208.3.0/24, for a network of its own. Empty: as before;
   * "none": there is none, pods go to the engine's own network.
   */
  'podCidr': (string);
}
