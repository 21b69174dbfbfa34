// Original file: longshore/v1/fleet.proto


export interface ListPodsRequest {
  /**
   * Empty: all.
   */
  'agent'?: (string);
  'namespace'?: (string);
  /**
   * Measure what they use, and wait a moment for it where nobody has looked of late.
   */
  'usage'?: (boolean);
  /**
   * Of the pods' own labels, as above.
   */
  'selector'?: (string);
}

export interface ListPodsRequest__Output {
  /**
   * Empty: all.
   */
  'agent': (string);
  'namespace': (string);
  /**
   * Measure what they use, and wait a moment for it where nobody has looked of late.
   */
  'usage': (boolean);
  /**
   * Of the pods' own labels, as above.
   */
  'selector': (string);
}
