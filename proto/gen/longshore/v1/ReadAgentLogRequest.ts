// Original file: longshore/v1/fleet.proto


export interface ReadAgentLogRequest {
  'name'?: (string);
  'follow'?: (boolean);
  /**
   * Unset: all that the agent keeps, some thousand lines.
   */
  'tailLines'?: (number);
  '_tailLines'?: "tailLines";
}

export interface ReadAgentLogRequest__Output {
  'name': (string);
  'follow': (boolean);
  /**
   * Unset: all that the agent keeps, some thousand lines.
   */
  'tailLines'?: (number);
  '_tailLines'?: "tailLines";
}
