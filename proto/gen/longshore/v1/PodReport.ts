// Original file: longshore/v1/session.proto


/**
 * The newest status of one pod; replaces any earlier one.
 */
export interface PodReport {
  'uid'?: (string);
  /**
   * Kubernetes V1PodStatus as JSON, the fields the agent owns. At most 256 KiB.
   */
  'statusJson'?: (Buffer | Uint8Array | string);
}

/**
 * The newest status of one pod; replaces any earlier one.
 */
export interface PodReport__Output {
  'uid': (string);
  /**
   * Kubernetes V1PodStatus as JSON, the fields the agent owns. At most 256 KiB.
   */
  'statusJson': (Buffer);
}
