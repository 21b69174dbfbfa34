// Commands as a user runs them: one that ends, with all it said, and one that goes on running.
import { execFile, spawn } from 'node:child_process';

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  /** The same, whatever it is. */
  readonly bytes: Buffer;
  readonly stderr: string;
}

export interface CommandInput {
  readonly stdin?: string | Buffer;
  /** Beside our own environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Never rejects for a failing command. */
export function runCommand(
  command: string,
  args: readonly string[],
  { stdin, env = {} }: CommandInput = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const options = {
      timeout: 120_000,
      maxBuffer: 64 * 1024 * 1024,
      encoding: 'buffer' as const,
      env: { ...process.env, ...env },
    };
    const child = execFile(command, [...args], options, (error, bytes, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      const said = String(stderr) || (error && typeof error.code !== 'number' ? String(error) : '');
      resolve({ code, stdout: String(bytes), bytes, stderr: said });
    });
    child.stdin?.on('error', () => {});
    child.stdin?.end(stdin);
  });
}

/** A command that goes on running (`get -w`, `logs -f`): its output so far, and its end. */
export function followCommand(command: string, args: readonly string[], { stdin, env }: CommandInput = {}) {
  const child = spawn(command, [...args], { stdio: 'pipe', env: { ...process.env, ...env } });
  child.stdin.on('error', () => {});
  if (stdin === undefined) child.stdin.end();
  else child.stdin.write(stdin);
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output += chunk;
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return {
    ended,
    get output() {
      return output;
    },
    write: (data: string) => child.stdin.write(data),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
