// Original file: longshore/v1/fleet.proto

import type { WaitingPod as _longshore_v1_WaitingPod, WaitingPod__Output as _longshore_v1_WaitingPod__Output } from '../../longshore/v1/WaitingPod.ts';
import type { Long } from '@grpc/proto-loader';

export interface FleetStatus {
  'nodeName'?: (string);
  'nodeReady'?: (boolean);
  'controllerVersion'?: (string);
  'epoch'?: (number | string | Long);
  'startedAtMs'?: (number | string | Long);
  'agentsTotal'?: (number);
  'agentsReady'?: (number);
  'agentsSchedulable'?: (number);
  /**
   * Sums over the schedulable agents.
   */
  'allocatable'?: ({[key: string]: string});
  /**
   * Sums of the requests of the pods bound to the node that have not ended.
   */
  'requested'?: ({[key: string]: string});
  'podsByPhase'?: ({[key: string]: number});
  /**
   * Bound to the node, no agent yet.
   */
  'waiting'?: (_longshore_v1_WaitingPod)[];
  /**
   * Ready, but their owners' just now.
   */
  'agentsResting'?: (number);
}

export interface FleetStatus__Output {
  'nodeName': (string);
  'nodeReady': (boolean);
  'controllerVersion': (string);
  'epoch': (number);
  'startedAtMs': (number);
  'agentsTotal': (number);
  'agentsReady': (number);
  'agentsSchedulable': (number);
  /**
   * Sums over the schedulable agents.
   */
  'allocatable': ({[key: string]: string});
  /**
   * Sums of the requests of the pods bound to the node that have not ended.
   */
  'requested': ({[key: string]: string});
  'podsByPhase': ({[key: string]: number});
  /**
   * Bound to the node, no agent yet.
   */
  'waiting': (_longshore_v1_WaitingPod__Output)[];
  /**
   * Ready, but their owners' just now.
   */
  'agentsResting': (number);
}
