// Original file: longshore/v1/fleet.proto


export interface RemovedTaint {
  'key'?: (string);
  /**
   * Empty: of every effect.
   */
  'effect'?: (string);
}

export interface RemovedTaint__Output {
  'key': (string);
  /**
   * Empty: of every effect.
   */
  'effect': (string);
}
