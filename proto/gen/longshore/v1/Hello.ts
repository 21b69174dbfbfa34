// Original file: longshore/v1/session.proto

import type { HeldObject as _longshore_v1_HeldObject, HeldObject__Output as _longshore_v1_HeldObject__Output } from '../../longshore/v1/HeldObject.ts';
import type { Long } from '@grpc/proto-loader';

export interface Hello {
  'protocolVersion'?: (number);
  'agentVersion'?: (string);
  /**
   * The kernel's boot id: a new one means that every container of before has stopped.
   */
  'bootId'?: (string);
  /**
   * Random, made with the state folder: tells a wiped or cloned state from a restart.
   */
  'lineage'?: (string);
  /**
   * Highest controller epoch this agent has obeyed; it refuses a Welcome below it.
   */
  'epochSeen'?: (number | string | Long);
  /**
   * The objects this agent holds and can read; the controller need not send these revisions again. At most 20,000.
   */
  'held'?: (_longshore_v1_HeldObject)[];
}

export interface Hello__Output {
  'protocolVersion': (number);
  'agentVersion': (string);
  /**
   * The kernel's boot id: a new one means that every container of before has stopped.
   */
  'bootId': (string);
  /**
   * Random, made with the state folder: tells a wiped or cloned state from a restart.
   */
  'lineage': (string);
  /**
   * Highest controller epoch this agent has obeyed; it refuses a Welcome below it.
   */
  'epochSeen': (number);
  /**
   * The objects this agent holds and can read; the controller need not send these revisions again. At most 20,000.
   */
  'held': (_longshore_v1_HeldObject__Output)[];
}
