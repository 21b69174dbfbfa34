// Original file: longshore/v1/fleet.proto


export interface AgentCondition {
  'type'?: (string);
  'status'?: (string);
  'reason'?: (string);
  'message'?: (string);
}

export interface AgentCondition__Output {
  'type': (string);
  'status': (string);
  'reason': (string);
  'message': (string);
}
