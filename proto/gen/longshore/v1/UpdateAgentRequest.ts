// Original file: longshore/v1/fleet.proto

import type { AgentTaint as _longshore_v1_AgentTaint, AgentTaint__Output as _longshore_v1_AgentTaint__Output } from '../../longshore/v1/AgentTaint.ts';
import type { RemovedTaint as _longshore_v1_RemovedTaint, RemovedTaint__Output as _longshore_v1_RemovedTaint__Output } from '../../longshore/v1/RemovedTaint.ts';
import type { AgentDrain as _longshore_v1_AgentDrain, AgentDrain__Output as _longshore_v1_AgentDrain__Output } from '../../longshore/v1/AgentDrain.ts';

export interface UpdateAgentRequest {
  'name'?: (string);
  /**
   * Replace a label or a taint that has another value.
   */
  'overwrite'?: (boolean);
  'setLabels'?: ({[key: string]: string});
  /**
   * Keys; those that are not there are no fault.
   */
  'removeLabels'?: (string)[];
  'setTaints'?: (_longshore_v1_AgentTaint)[];
  'removeTaints'?: (_longshore_v1_RemovedTaint)[];
  /**
   * Unset: as it is. False ends a drain as well.
   */
  'unschedulable'?: (boolean);
  /**
   * Set: cordon it and evict its pods, from now on until it is uncordoned. By the rules of `kubectl drain`.
   * With none of its fields set a drain that is there goes on by the rules it has.
   */
  'drain'?: (_longshore_v1_AgentDrain | null);
  '_unschedulable'?: "unschedulable";
}

export interface UpdateAgentRequest__Output {
  'name': (string);
  /**
   * Replace a label or a taint that has another value.
   */
  'overwrite': (boolean);
  'setLabels': ({[key: string]: string});
  /**
   * Keys; those that are not there are no fault.
   */
  'removeLabels': (string)[];
  'setTaints': (_longshore_v1_AgentTaint__Output)[];
  'removeTaints': (_longshore_v1_RemovedTaint__Output)[];
  /**
   * Unset: as it is. False ends a drain as well.
   */
  'unschedulable'?: (boolean);
  /**
   * Set: cordon it and evict its pods, from now on until it is uncordoned. By the rules of `kubectl drain`.
   * With none of its fields set a drain that is there goes on by the rules it has.
   */
  'drain': (_longshore_v1_AgentDrain__Output | null);
  '_unschedulable'?: "unschedulable";
}
