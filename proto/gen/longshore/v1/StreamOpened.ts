// Original file: longshore/v1/streams.proto


export interface StreamOpened {
  'streamId'?: (string);
}

export interface StreamOpened__Output {
  'streamId': (string);
}
