// Original file: longshore/v1/enrollment.proto


export interface JoinResponse {
  'agentName'?: (string);
  'agentUid'?: (string);
  /**
   * Client certificate and the CA that signed it, PEM.
   */
  'certificatePem'?: (string);
  'caPem'?: (string);
}

export interface JoinResponse__Output {
  'agentName': (string);
  'agentUid': (string);
  /**
   * Client certificate and the CA that signed it, PEM.
   */
  'certificatePem': (string);
  'caPem': (string);
}
