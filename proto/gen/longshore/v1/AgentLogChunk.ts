// Original file: longshore/v1/fleet.proto


export interface AgentLogChunk {
  /**
   * Whole lines or parts of them.
   */
  'data'?: (Buffer | Uint8Array | string);
}

export interface AgentLogChunk__Output {
  /**
   * Whole lines or parts of them.
   */
  'data': (Buffer);
}
