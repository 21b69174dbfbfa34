// Original file: longshore/v1/enrollment.proto


export interface RenewRequest {
  'csrDer'?: (Buffer | Uint8Array | string);
  /**
   * The certificate that the new one is to follow, X.509 in DER, at most 8 KiB: by it the controller knows an agent that
   * was removed while its certificate ran out. May be left out.
   */
  'certificateDer'?: (Buffer | Uint8Array | string);
}

export interface RenewRequest__Output {
  'csrDer': (Buffer);
  /**
   * The certificate that the new one is to follow, X.509 in DER, at most 8 KiB: by it the controller knows an agent that
   * was removed while its certificate ran out. May be left out.
   */
  'certificateDer': (Buffer);
}
