// Original file: longshore/v1/fleet.proto


export interface RightFinding {
  /**
   * "patch pods/status"
   */
  'right'?: (string);
  'namespace'?: (string);
  /**
   * What it is for.
   */
  'purpose'?: (string);
  'allowed'?: (boolean);
  /**
   * The API server's words, or why it could not be asked.
   */
  'reason'?: (string);
  /**
   * "controller" or "node": as whom it asks.
   */
  'identity'?: (string);
}

export interface RightFinding__Output {
  /**
   * "patch pods/status"
   */
  'right': (string);
  'namespace': (string);
  /**
   * What it is for.
   */
  'purpose': (string);
  'allowed': (boolean);
  /**
   * The API server's words, or why it could not be asked.
   */
  'reason': (string);
  /**
   * "controller" or "node": as whom it asks.
   */
  'identity': (string);
}
