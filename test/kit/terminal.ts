// A command on a terminal of its own, whose size can be changed while it runs: `script` makes it, as for a user who sits
// before it.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CommandInput, followCommand, runCommand } from './command.ts';
import { eventually } from './eventually.ts';

export async function onTerminal(
  command: readonly string[],
  options: Pick<CommandInput, 'env'> & { readonly size: TerminalSize },
) {
  const folder = mkdtempSync(join(tmpdir(), 'longshore-terminal-'));
  const tty = join(folder, 'tty');
  const words = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const { rows, columns } = options.size;
  const line = `tty > '${tty}'; stty rows ${rows} cols ${columns}; exec ${words}`;
  const child = followCommand('script', ['--quiet', '--flush', '--return', '--command', line, '/dev/null'], {
    stdin: '',
    env: { SHELL: '/bin/sh', ...options.env },
  });
  const device = await eventually(() => readFileSync(tty, 'utf8').trim() || undefined, {
    what: 'the terminal',
  });
  return {
    ended: child.ended,
    get output() {
      return child.output;
    },
    write: child.write,
    /** As when somebody draws its window larger. */
    async resize({ rows, columns }: TerminalSize): Promise<void> {
      const { code, stderr } = await runCommand('stty', [
        '-F',
        device,
        'rows',
        `${rows}`,
        'cols',
        `${columns}`,
      ]);
      if (code !== 0) throw new Error(`stty: ${stderr}`);
    },
    async [Symbol.asyncDispose]() {
      await child[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}

export interface TerminalSize {
  readonly rows: number;
  readonly columns: number;
}
