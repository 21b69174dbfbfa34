// Original file: longshore/v1/session.proto

import type { Long } from '@grpc/proto-loader';

/**
 * Instead of a Welcome, and the last message: this agent is no longer of the fleet, its Agent object is no more or was
 * declared gone. Enrollment.Renew says it too, to an agent whose certificate has run out. It stops all pods it holds, which are lost or over as far as the cluster knows, and may forget them.
 */
export interface Removed {
  /**
   * The leader's term: an agent that has obeyed a newer one does not obey this.
   */
  'epoch'?: (number | string | Long);
  'reason'?: (string);
}

/**
 * Instead of a Welcome, and the last message: this agent is no longer of the fleet, its Agent object is no more or was
 * declared gone. Enrollment.Renew says it too, to an agent whose certificate has run out. It stops all pods it holds, which are lost or over as far as the cluster knows, and may forget them.
 */
export interface Removed__Output {
  /**
   * The leader's term: an agent that has obeyed a newer one does not obey this.
   */
  'epoch': (number);
  'reason': (string);
}
