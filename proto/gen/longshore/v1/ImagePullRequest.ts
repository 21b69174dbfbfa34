// Original file: longshore/v1/session.proto


/**
 * Pull this image as it is in the registry now, and tell how that goes: see streams.proto.
 */
export interface ImagePullRequest {
  'image'?: (string);
  /**
   * {"auths": {REGISTRY: …}} as in a kubernetes.io/dockerconfigjson Secret, for this pull alone. Empty: nobody asks. At most
   * 256 KiB.
   */
  'dockerConfigJson'?: (Buffer | Uint8Array | string);
}

/**
 * Pull this image as it is in the registry now, and tell how that goes: see streams.proto.
 */
export interface ImagePullRequest__Output {
  'image': (string);
  /**
   * {"auths": {REGISTRY: …}} as in a kubernetes.io/dockerconfigjson Secret, for this pull alone. Empty: nobody asks. At most
   * 256 KiB.
   */
  'dockerConfigJson': (Buffer);
}
