// Commands run in containers that run already: what hooks and probes need of the container engine.

export interface Execs {
  /** Resolves with the id of a command that may be run in a running container; nothing happens yet. */
  createExec(containerId: string, command: readonly string[]): Promise<string>;
  /** Runs it and resolves when it has ended. When the signal aborts it rejects at once; the command itself goes on. */
  runExec(execId: string, options: RunOptions): Promise<ExecEnd>;
  /** Ends a command that runs, with all it has started, as far as this machine lets it. Does nothing when it has ended. */
  killExec(execId: string): Promise<void>;
  /** Undefined when the engine knows of none. */
  inspectExec(execId: string): Promise<ExecState | undefined>;
}

export interface RunOptions {
  /** What it writes beyond is read and dropped. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

export interface ExecEnd {
  readonly exitCode: number;
  /** Both streams, as they came. */
  readonly output: string;
}

export type ExecState =
  | { readonly kind: 'created' }
  | { readonly kind: 'running' }
  | { readonly kind: 'ended'; readonly exitCode: number };
