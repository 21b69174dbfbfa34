// How a command has ended, as its client is told on the error stream: a v1.Status since version 4 of the protocol, before
// that the plain words, and only of a failure.

export type CommandEnding =
  | { readonly kind: 'exited'; readonly code: number }
  /** An attached container's; a command always has an exit code. */
  | { readonly kind: 'detached' }
  /** It could not be run, or nobody knows how it ended. */
  | { readonly kind: 'failed'; readonly message: string };

/** Empty when nothing is to be said. */
export function endingText(ending: CommandEnding, form: 'status' | 'text'): string {
  const status = statusOf(ending);
  if (form === 'status') return JSON.stringify(status);
  return status.status === 'Success' ? '' : (status.message ?? '');
}

interface Status {
  readonly metadata: object;
  readonly status: 'Success' | 'Failure';
  readonly message?: string;
  readonly reason?: string;
  readonly details?: { readonly causes: readonly { readonly reason?: string; readonly message: string }[] };
  readonly code?: number;
}

function statusOf(ending: CommandEnding): Status {
  switch (ending.kind) {
    case 'detached':
      return { metadata: {}, status: 'Success' };
    case 'exited':
      if (ending.code === 0) return { metadata: {}, status: 'Success' };
      return {
        metadata: {},
        status: 'Failure',
        message: `command terminated with non-zero exit code: exit status ${ending.code}`,
        reason: 'NonZeroExitCode',
        details: { causes: [{ reason: 'ExitCode', message: String(ending.code) }] },
      };
    case 'failed': {
      const { message } = ending;
      return {
        metadata: {},
        status: 'Failure',
        message: `Internal error occurred: ${message}`,
        reason: 'InternalError',
        details: { causes: [{ message }] },
        code: 500,
      };
    }
    default:
      return ending satisfies never;
  }
}
