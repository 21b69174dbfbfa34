// Original file: longshore/v1/session.proto


/**
 * Run a command in a running container. The streams that are not asked for are not there for the command either.
 */
export interface ExecRequest {
  'podUid'?: (string);
  'container'?: (string);
  'command'?: (string)[];
  'stdin'?: (boolean);
  'stdout'?: (boolean);
  'stderr'?: (boolean);
  'tty'?: (boolean);
}

/**
 * Run a command in a running container. The streams that are not asked for are not there for the command either.
 */
export interface ExecRequest__Output {
  'podUid': (string);
  'container': (string);
  'command': (string)[];
  'stdin': (boolean);
  'stdout': (boolean);
  'stderr': (boolean);
  'tty': (boolean);
}
