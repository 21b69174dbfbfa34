// Original file: longshore/v1/session.proto


export interface HeldObject {
  'key'?: (string);
  'revision'?: (string);
}

export interface HeldObject__Output {
  'key': (string);
  'revision': (string);
}
