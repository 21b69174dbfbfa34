// Original file: longshore/v1/fleet.proto


export interface WaitingPod {
  'namespace'?: (string);
  'name'?: (string);
  /**
   * Worded like the scheduler's: "0/3 agents fit: 2 insufficient memory, 1 cordoned".
   */
  'reason'?: (string);
}

export interface WaitingPod__Output {
  'namespace': (string);
  'name': (string);
  /**
   * Worded like the scheduler's: "0/3 agents fit: 2 insufficient memory, 1 cordoned".
   */
  'reason': (string);
}
