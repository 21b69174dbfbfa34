// Original file: longshore/v1/fleet.proto

import type { Long } from '@grpc/proto-loader';

export interface AgentInfo {
  'name'?: (string);
  'uid'?: (string);
  'ready'?: (boolean);
  /**
   * Why it is not ready; empty when it is.
   */
  'reason'?: (string);
  'unschedulable'?: (boolean);
  'labels'?: ({[key: string]: string});
  'os'?: (string);
  'arch'?: (string);
  'agentVersion'?: (string);
  'engineVersion'?: (string);
  'addresses'?: (string)[];
  'allocatable'?: ({[key: string]: string});
  'requested'?: ({[key: string]: string});
  'pods'?: (number);
  /**
   * Unix milliseconds; 0: never.
   */
  'lastSeenMs'?: (number | string | Long);
  'joinedAtMs'?: (number | string | Long);
  /**
   * What the machine as a whole uses, cpu and memory, whoever uses it; of its last heartbeat. Empty: not told.
   */
  'used'?: ({[key: string]: string});
  /**
   * Why it takes no pods although it is well: "in quiet hours", "yielding to its owner"; empty: it takes some, or it is
   * not well.
   */
  'resting'?: (string);
  /**
   * Its object is being deleted: it goes when its pods have ended.
   */
  'removing'?: (boolean);
}

export interface AgentInfo__Output {
  'name': (string);
  'uid': (string);
  'ready': (boolean);
  /**
   * Why it is not ready; empty when it is.
   */
  'reason': (string);
  'unschedulable': (boolean);
  'labels': ({[key: string]: string});
  'os': (string);
  'arch': (string);
  'agentVersion': (string);
  'engineVersion': (string);
  'addresses': (string)[];
  'allocatable': ({[key: string]: string});
  'requested': ({[key: string]: string});
  'pods': (number);
  /**
   * Unix milliseconds; 0: never.
   */
  'lastSeenMs': (number);
  'joinedAtMs': (number);
  /**
   * What the machine as a whole uses, cpu and memory, whoever uses it; of its last heartbeat. Empty: not told.
   */
  'used': ({[key: string]: string});
  /**
   * Why it takes no pods although it is well: "in quiet hours", "yielding to its owner"; empty: it takes some, or it is
   * not well.
   */
  'resting': (string);
  /**
   * Its object is being deleted: it goes when its pods have ended.
   */
  'removing': (boolean);
}
