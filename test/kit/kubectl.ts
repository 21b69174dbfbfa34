// kubectl as the tests run it: `$KUBECTL`, else the one on PATH.
import { execFile, execFileSync } from 'node:child_process';

export const KUBECTL = process.env['KUBECTL'] ?? 'kubectl';

export interface KubectlResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export type Kubectl = (args: readonly string[], stdin?: string) => Promise<KubectlResult>;

/** Runs kubectl against one cluster; never rejects for a failing command. */
export function kubectlFor(kubeconfig: string): Kubectl {
  return (args, stdin) =>
    new Promise((resolve) => {
      const child = execFile(
        KUBECTL,
        ['--kubeconfig', kubeconfig, ...args],
        { timeout: 60_000, maxBuffer: 64 * 1024 * 1024, env: { ...process.env, HOME: '/nonexistent' } },
        (error, stdout, stderr) =>
          resolve({ code: error ? (typeof error.code === 'number' ? error.code : 1) : 0, stdout, stderr }),
      );
      child.stdin?.end(stdin ?? '');
    });
}

/** One line that names the client, for the test's output. */
export function kubectlVersion(): string {
  const text = execFileSync(KUBECTL, ['version', '--client', '-o', 'json'], { encoding: 'utf8' });
  return /"gitVersion":\s*"([^"]+)"/.exec(text)?.[1] ?? 'unknown';
}
