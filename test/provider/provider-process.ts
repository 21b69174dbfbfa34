// The provider under test, a process of its own that is started, killed and started again on the same state.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROVIDER_NAME } from './fleet-of-one.ts';

/** Program and arguments; `--controller`, `--token-file`, `--state-dir` and `--name` are added. */
export type ProviderCommand = readonly [string, ...string[]];

export interface ProviderProcess extends AsyncDisposable {
  /** `controller`: HOST:PORT; default: the fleet's. */
  start(controller?: string): void;
  /** Another token than it has joined with, for the next start. */
  giveToken(token: string): void;
  /** It was started, and has ended by itself. */
  readonly hasEnded: boolean;
  /** Resolves when it has ended; the pods must run on. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** The end of what it said, for the message of a failure. */
  readonly lastWords: string;
  /** The files of its state that hold this text. */
  filesWith(text: string): string[];
}

export function createProviderProcess(
  [program, ...args]: ProviderCommand,
  { address, token }: { readonly address: string; readonly token: string },
): ProviderProcess {
  const folder = mkdtempSync(join(tmpdir(), 'longshore-provider-'));
  const tokenFile = join(folder, 'token');
  const giveToken = (text: string) => writeFileSync(tokenFile, `${text}\n`, { mode: 0o600 });
  giveToken(token);
  let child: ChildProcess | undefined;
  let output = '';
  const state = join(folder, 'state');
  const hasEnded = (process: ChildProcess) => process.exitCode !== null || process.signalCode !== null;
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    const running = child;
    child = undefined;
    if (!running || hasEnded(running)) return;
    const ended = new Promise((resolve) => running.once('exit', resolve));
    running.kill(signal);
    await ended;
  };
  return {
    start(controller = address) {
      const flags = { controller, 'token-file': tokenFile, 'state-dir': state, name: PROVIDER_NAME };
      child = spawn(
        program,
        [...args, ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value])],
        { stdio: ['ignore', 'pipe', 'pipe'] },
      );
      for (const stream of [child.stdout, child.stderr]) {
        stream?.on('data', (chunk) => {
          output = `${output}${chunk}`.slice(-4000);
        });
      }
    },
    end,
    giveToken,
    get hasEnded() {
      return child !== undefined && hasEnded(child);
    },
    get lastWords() {
      return output;
    },
    filesWith(text) {
      const files = readdirSync(state, { recursive: true, encoding: 'utf8' }).map((name) =>
        join(state, name),
      );
      return files.filter((file) => holds(file, text));
    },
    async [Symbol.asyncDispose]() {
      await end('SIGTERM');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** False for a folder too, and for a file that is gone by now. */
function holds(file: string, text: string): boolean {
  try {
    return readFileSync(file).includes(text);
  } catch {
    return false;
  }
}
