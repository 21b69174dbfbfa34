// Original file: longshore/v1/fleet.proto


export interface CreateTokenRequest {
  /**
   * 60 s to 30 days; 0: one hour.
   */
  'ttlSeconds'?: (number);
  /**
   * Bind the token to this agent name; empty: any.
   */
  'agentName'?: (string);
  /**
   * Labels the machine will carry. A machine cannot choose its own.
   */
  'labels'?: ({[key: string]: string});
  /**
   * Let several machines join with it until it expires.
   */
  'reusable'?: (boolean);
}

export interface CreateTokenRequest__Output {
  /**
   * 60 s to 30 days; 0: one hour.
   */
  'ttlSeconds': (number);
  /**
   * Bind the token to this agent name; empty: any.
   */
  'agentName': (string);
  /**
   * Labels the machine will carry. A machine cannot choose its own.
   */
  'labels': ({[key: string]: string});
  /**
   * Let several machines join with it until it expires.
   */
  'reusable': (boolean);
}
