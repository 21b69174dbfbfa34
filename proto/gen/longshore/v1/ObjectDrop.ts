// Original file: longshore/v1/session.proto


/**
 * No pod of this agent refers to it any more.
 */
export interface ObjectDrop {
  'key'?: (string);
}

/**
 * No pod of this agent refers to it any more.
 */
export interface ObjectDrop__Output {
  'key': (string);
}
