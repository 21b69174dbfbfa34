// Original file: longshore/v1/fleet.proto


export interface ExplainPodRequest {
  'namespace'?: (string);
  'name'?: (string);
}

export interface ExplainPodRequest__Output {
  'namespace': (string);
  'name': (string);
}
