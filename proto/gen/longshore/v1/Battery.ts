// Original file: longshore/v1/session.proto


export interface Battery {
  'discharging'?: (boolean);
  /**
   * 0 to 100.
   */
  'percent'?: (number);
}

export interface Battery__Output {
  'discharging': (boolean);
  /**
   * 0 to 100.
   */
  'percent': (number);
}
