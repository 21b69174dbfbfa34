// Original file: longshore/v1/session.proto


/**
 * The controller has recorded that the pod is gone; the agent may drop its tombstone.
 */
export interface PodGoneAck {
  'uid'?: (string);
}

/**
 * The controller has recorded that the pod is gone; the agent may drop its tombstone.
 */
export interface PodGoneAck__Output {
  'uid': (string);
}
