// Original file: longshore/v1/enrollment.proto


export interface JoinRequest {
  'tokenId'?: (string);
  'tokenSecret'?: (string);
  /**
   * PKCS#10 in DER, at most 8 KiB. Only its public key and signature count; the controller writes the subject.
   */
  'csrDer'?: (Buffer | Uint8Array | string);
  /**
   * DNS-1123 label wished for; empty: the machine's hostname is made into one.
   */
  'agentName'?: (string);
  'hostname'?: (string);
  /**
   * As Kubernetes labels them: "linux", and "amd64", "arm64" or "arm".
   */
  'os'?: (string);
  'arch'?: (string);
}

export interface JoinRequest__Output {
  'tokenId': (string);
  'tokenSecret': (string);
  /**
   * PKCS#10 in DER, at most 8 KiB. Only its public key and signature count; the controller writes the subject.
   */
  'csrDer': (Buffer);
  /**
   * DNS-1123 label wished for; empty: the machine's hostname is made into one.
   */
  'agentName': (string);
  'hostname': (string);
  /**
   * As Kubernetes labels them: "linux", and "amd64", "arm64" or "arm".
   */
  'os': (string);
  'arch': (string);
}
