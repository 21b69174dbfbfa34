// Original file: longshore/v1/fleet.proto


export interface RemoveAgentRequest {
  'name'?: (string);
  'uid'?: (string);
  /**
   * The operator's word that the unreachable machine is gone for good, so that its pods may be taken for dead.
   */
  'declareGone'?: (boolean);
}

export interface RemoveAgentRequest__Output {
  'name': (string);
  'uid': (string);
  /**
   * The operator's word that the unreachable machine is gone for good, so that its pods may be taken for dead.
   */
  'declareGone': (boolean);
}
