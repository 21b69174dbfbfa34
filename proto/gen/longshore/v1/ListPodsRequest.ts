// Original file: longshore/v1/fleet.proto


export interface ListPodsRequest {
  /**
   * Empty: all.
   */
  'agent'?: (string);
  'namespace'?: (string);
}

export interface ListPodsRequest__Output {
  /**
   * Empty: all.
   */
  'agent': (string);
  'namespace': (string);
}
