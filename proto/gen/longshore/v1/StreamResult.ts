// Original file: longshore/v1/streams.proto

export const StreamResult = {
  STREAM_RESULT_UNSPECIFIED: 'STREAM_RESULT_UNSPECIFIED',
  STREAM_RESULT_OK: 'STREAM_RESULT_OK',
  STREAM_RESULT_NOT_FOUND: 'STREAM_RESULT_NOT_FOUND',
  STREAM_RESULT_BAD_REQUEST: 'STREAM_RESULT_BAD_REQUEST',
  STREAM_RESULT_INTERNAL: 'STREAM_RESULT_INTERNAL',
} as const;

export type StreamResult =
  | 'STREAM_RESULT_UNSPECIFIED'
  | 0
  | 'STREAM_RESULT_OK'
  | 1
  | 'STREAM_RESULT_NOT_FOUND'
  | 2
  | 'STREAM_RESULT_BAD_REQUEST'
  | 3
  | 'STREAM_RESULT_INTERNAL'
  | 4

export type StreamResult__Output = typeof StreamResult[keyof typeof StreamResult]
