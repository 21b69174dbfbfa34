// Original file: longshore/v1/session.proto


/**
 * Run this pod, or take note of its change (deletionTimestamp, image, deadline). Idempotent.
 */
export interface PodUpsert {
  'uid'?: (string);
  /**
   * The whole Kubernetes Pod as JSON, status included. At most 1.5 MiB.
   */
  'podJson'?: (Buffer | Uint8Array | string);
}

/**
 * Run this pod, or take note of its change (deletionTimestamp, image, deadline). Idempotent.
 */
export interface PodUpsert__Output {
  'uid': (string);
  /**
   * The whole Kubernetes Pod as JSON, status included. At most 1.5 MiB.
   */
  'podJson': (Buffer);
}
