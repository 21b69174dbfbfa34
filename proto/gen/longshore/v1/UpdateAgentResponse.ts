// Original file: longshore/v1/fleet.proto


export interface UpdateAgentResponse {
  /**
   * False: it was so already, and nothing was written.
   */
  'changed'?: (boolean);
  /**
   * The Agent object as it is now, as JSON.
   */
  'objectJson'?: (Buffer | Uint8Array | string);
}

export interface UpdateAgentResponse__Output {
  /**
   * False: it was so already, and nothing was written.
   */
  'changed': (boolean);
  /**
   * The Agent object as it is now, as JSON.
   */
  'objectJson': (Buffer);
}
