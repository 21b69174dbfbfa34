// Runs the operator's CLI as a process of its own, as a user would.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { LongshoreError } from '../common/errors.ts';
import type { SandboxLayout } from './layout.ts';

const MAIN = join(import.meta.dirname, '../controller/main.ts');

/** Resolves with its standard output; rejects with its own error line. */
export function runLongshore(layout: SandboxLayout, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [MAIN, ...args, '--kubeconfig', layout.kubeconfig],
      { timeout: 30_000, maxBuffer: 16 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (error)
          reject(
            new LongshoreError('unavailable', stderr.trim() || `longshore ${args[0]} failed`, {
              cause: error,
            }),
          );
        else resolve(stdout);
      },
    );
  });
}
