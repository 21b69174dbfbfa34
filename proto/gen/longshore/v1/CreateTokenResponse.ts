// Original file: longshore/v1/fleet.proto

import type { Long } from '@grpc/proto-loader';

export interface CreateTokenResponse {
  /**
   * What `longshore-agent --token` takes: id, secret and the CA's hash. Shown once; only a hash is kept.
   */
  'token'?: (string);
  'expiresAtMs'?: (number | string | Long);
  /**
   * Where agents reach the controller, as it advertises itself; may be empty.
   */
  'controllerAddress'?: (string);
}

export interface CreateTokenResponse__Output {
  /**
   * What `longshore-agent --token` takes: id, secret and the CA's hash. Shown once; only a hash is kept.
   */
  'token': (string);
  'expiresAtMs': (number);
  /**
   * Where agents reach the controller, as it advertises itself; may be empty.
   */
  'controllerAddress': (string);
}
