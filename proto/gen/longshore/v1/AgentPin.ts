// Original file: longshore/v1/fleet.proto


export interface AgentPin {
  'agent'?: (string);
  /**
   * False: it was so already, or could not be.
   */
  'changed'?: (boolean);
  /**
   * Why it could not be; it says nothing about the others.
   */
  'problem'?: (string);
}

export interface AgentPin__Output {
  'agent': (string);
  /**
   * False: it was so already, or could not be.
   */
  'changed': (boolean);
  /**
   * Why it could not be; it says nothing about the others.
   */
  'problem': (string);
}
