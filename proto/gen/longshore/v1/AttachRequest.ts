// Original file: longshore/v1/session.proto


/**
 * Join the streams of a running container's own process. Whether they are a terminal, the container says.
 */
export interface AttachRequest {
  'podUid'?: (string);
  'container'?: (string);
  'stdin'?: (boolean);
  'stdout'?: (boolean);
  'stderr'?: (boolean);
}

/**
 * Join the streams of a running container's own process. Whether they are a terminal, the container says.
 */
export interface AttachRequest__Output {
  'podUid': (string);
  'container': (string);
  'stdin': (boolean);
  'stdout': (boolean);
  'stderr': (boolean);
}
