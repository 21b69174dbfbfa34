// Original file: longshore/v1/fleet.proto


export interface ListAgentsRequest {
  /**
   * As in longshore.dev/agent-selector: "zone=garage,arch in (arm64),!old". Empty: all agents.
   */
  'selector'?: (string);
}

export interface ListAgentsRequest__Output {
  /**
   * As in longshore.dev/agent-selector: "zone=garage,arch in (arm64),!old". Empty: all agents.
   */
  'selector': (string);
}
