// Original file: longshore/v1/enrollment.proto


export interface RenewResponse {
  'certificatePem'?: (string);
  'caPem'?: (string);
}

export interface RenewResponse__Output {
  'certificatePem': (string);
  'caPem': (string);
}
