// Original file: longshore/v1/fleet.proto


export interface KeptPod {
  'namespace'?: (string);
  'name'?: (string);
  'why'?: (string);
}

export interface KeptPod__Output {
  'namespace': (string);
  'name': (string);
  'why': (string);
}
