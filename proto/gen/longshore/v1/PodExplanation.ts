// Original file: longshore/v1/fleet.proto

import type { PodInfo as _longshore_v1_PodInfo, PodInfo__Output as _longshore_v1_PodInfo__Output } from '../../longshore/v1/PodInfo.ts';
import type { AgentInfo as _longshore_v1_AgentInfo, AgentInfo__Output as _longshore_v1_AgentInfo__Output } from '../../longshore/v1/AgentInfo.ts';
import type { AgentVerdict as _longshore_v1_AgentVerdict, AgentVerdict__Output as _longshore_v1_AgentVerdict__Output } from '../../longshore/v1/AgentVerdict.ts';
import type { Long } from '@grpc/proto-loader';

export interface PodExplanation {
  'pod'?: (_longshore_v1_PodInfo | null);
  /**
   * The pod's V1PodStatus as JSON.
   */
  'statusJson'?: (Buffer | Uint8Array | string);
  /**
   * The node it is bound to.
   */
  'nodeName'?: (string);
  /**
   * Unix milliseconds; 0: it is not being deleted.
   */
  'deletedAtMs'?: (number | string | Long);
  /**
   * The agent it is placed on; unset while it waits, and when there is no such agent any more.
   */
  'agent'?: (_longshore_v1_AgentInfo | null);
  /**
   * What placement thinks of every agent now, the pod itself left out of account. Empty: it looks at none, see
   * `waiting_reason`.
   */
  'verdicts'?: (_longshore_v1_AgentVerdict)[];
}

export interface PodExplanation__Output {
  'pod': (_longshore_v1_PodInfo__Output | null);
  /**
   * The pod's V1PodStatus as JSON.
   */
  'statusJson': (Buffer);
  /**
   * The node it is bound to.
   */
  'nodeName': (string);
  /**
   * Unix milliseconds; 0: it is not being deleted.
   */
  'deletedAtMs': (number);
  /**
   * The agent it is placed on; unset while it waits, and when there is no such agent any more.
   */
  'agent': (_longshore_v1_AgentInfo__Output | null);
  /**
   * What placement thinks of every agent now, the pod itself left out of account. Empty: it looks at none, see
   * `waiting_reason`.
   */
  'verdicts': (_longshore_v1_AgentVerdict__Output)[];
}
