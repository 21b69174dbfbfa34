// Original file: longshore/v1/session.proto


/**
 * Nobody wants this stream any more: cancel its call, whatever is still on its way. Does nothing when it has ended.
 */
export interface CloseStream {
  'streamId'?: (string);
}

/**
 * Nobody wants this stream any more: cancel its call, whatever is still on its way. Does nothing when it has ended.
 */
export interface CloseStream__Output {
  'streamId': (string);
}
