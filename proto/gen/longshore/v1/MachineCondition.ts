// Original file: longshore/v1/session.proto


/**
 * A Kubernetes-style condition of the machine, such as DiskPressure or EngineReady.
 */
export interface MachineCondition {
  'type'?: (string);
  /**
   * "True", "False" or "Unknown".
   */
  'status'?: (string);
  'reason'?: (string);
  'message'?: (string);
}

/**
 * A Kubernetes-style condition of the machine, such as DiskPressure or EngineReady.
 */
export interface MachineCondition__Output {
  'type': (string);
  /**
   * "True", "False" or "Unknown".
   */
  'status': (string);
  'reason': (string);
  'message': (string);
}
