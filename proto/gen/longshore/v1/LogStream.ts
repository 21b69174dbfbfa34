// Original file: longshore/v1/session.proto

/**
 * A terminal has stdout only.
 */
export const LogStream = {
  LOG_STREAM_ALL: 'LOG_STREAM_ALL',
  LOG_STREAM_STDOUT: 'LOG_STREAM_STDOUT',
  LOG_STREAM_STDERR: 'LOG_STREAM_STDERR',
} as const;

/**
 * A terminal has stdout only.
 */
export type LogStream =
  | 'LOG_STREAM_ALL'
  | 0
  | 'LOG_STREAM_STDOUT'
  | 1
  | 'LOG_STREAM_STDERR'
  | 2

/**
 * A terminal has stdout only.
 */
export type LogStream__Output = typeof LogStream[keyof typeof LogStream]
