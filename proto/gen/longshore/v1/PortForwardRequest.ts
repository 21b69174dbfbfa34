// Original file: longshore/v1/session.proto


/**
 * One connection to whatever listens on this port of the pod's own loopback interface.
 */
export interface PortForwardRequest {
  'podUid'?: (string);
  'port'?: (number);
}

/**
 * One connection to whatever listens on this port of the pod's own loopback interface.
 */
export interface PortForwardRequest__Output {
  'podUid': (string);
  'port': (number);
}
