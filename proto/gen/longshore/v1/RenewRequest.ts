// Original file: longshore/v1/enrollment.proto


export interface RenewRequest {
  'csrDer'?: (Buffer | Uint8Array | string);
}

export interface RenewRequest__Output {
  'csrDer': (Buffer);
}
