// Original file: longshore/v1/session.proto


/**
 * The pod's object has vanished from the API without a graceful delete: stop it and report it gone.
 */
export interface PodRemove {
  'uid'?: (string);
  'graceSeconds'?: (number);
}

/**
 * The pod's object has vanished from the API without a graceful delete: stop it and report it gone.
 */
export interface PodRemove__Output {
  'uid': (string);
  'graceSeconds': (number);
}
