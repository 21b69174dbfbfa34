// Original file: longshore/v1/fleet.proto


export interface AgentTaint {
  'key'?: (string);
  'value'?: (string);
  /**
   * NoSchedule, PreferNoSchedule or NoExecute.
   */
  'effect'?: (string);
}

export interface AgentTaint__Output {
  'key': (string);
  'value': (string);
  /**
   * NoSchedule, PreferNoSchedule or NoExecute.
   */
  'effect': (string);
}
