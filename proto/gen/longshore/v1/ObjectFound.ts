// Original file: longshore/v1/session.proto


export interface ObjectFound {
  /**
   * Opaque; the same revision of a key has the same content.
   */
  'revision'?: (string);
  /**
   * configmaps: {data, binaryData}; secrets: {type, data}; services: {variable: value}; tokens: {token,
   * expirationTimestamp}; persistentvolumeclaims: see common/claim.ts; runtimeclasses: the handler, as a JSON string;
   * clustertrustbundles: certificates in PEM, as a JSON string. At most 1.5 MiB.
   */
  'json'?: (Buffer | Uint8Array | string);
}

export interface ObjectFound__Output {
  /**
   * Opaque; the same revision of a key has the same content.
   */
  'revision': (string);
  /**
   * configmaps: {data, binaryData}; secrets: {type, data}; services: {variable: value}; tokens: {token,
   * expirationTimestamp}; persistentvolumeclaims: see common/claim.ts; runtimeclasses: the handler, as a JSON string;
   * clustertrustbundles: certificates in PEM, as a JSON string. At most 1.5 MiB.
   */
  'json': (Buffer);
}
