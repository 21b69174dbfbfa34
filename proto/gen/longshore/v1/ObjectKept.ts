// Original file: longshore/v1/session.proto


export interface ObjectKept {
  /**
   * What keeps the controller from knowing, for people; empty when nothing does, or for moments only.
   */
  'reason'?: (string);
}

export interface ObjectKept__Output {
  /**
   * What keeps the controller from knowing, for people; empty when nothing does, or for moments only.
   */
  'reason': (string);
}
