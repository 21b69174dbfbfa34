// Original file: longshore/v1/fleet.proto


export interface AgentPin {
  'agent'?: (string);
  /**
   * False: it was so already.
   */
  'changed'?: (boolean);
}

export interface AgentPin__Output {
  'agent': (string);
  /**
   * False: it was so already.
   */
  'changed': (boolean);
}
