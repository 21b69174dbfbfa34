// kubectl as the tests run it: `$KUBECTL`, else the one on PATH (install.sh sees to it that there is one).
import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { type CommandInput, type CommandResult, followCommand, runCommand } from './command.ts';

const KUBECTL = process.env['KUBECTL'] || 'kubectl';

/** Runs kubectl against one cluster; never rejects for a failing command. */
export type Kubectl = (args: readonly string[], stdin?: string | Buffer) => Promise<CommandResult>;

export function kubectlFor(kubeconfig: string, env?: Readonly<Record<string, string>>): Kubectl {
  return async (args, stdin) => {
    const result = await runCommand(KUBECTL, [...connection(kubeconfig), ...args], { stdin, env });
    return { ...result, stderr: result.stderr.replace(TOO_EARLY, '') };
  };
}

/** kubectl 1.32 may read the empty message that begins a WebSocket before it has made the stream for it, and says so. */
const TOO_EARLY = /^E\d{4} .*websocket\.go:\d+\] Unknown stream id \d, discarding message\n/gm;

/** The words that run kubectl against one cluster. */
export function kubectlCommand(kubeconfig: string, args: readonly string[]): string[] {
  return [KUBECTL, ...connection(kubeconfig), ...args];
}

/** A kubectl that goes on running: `get -w`, `logs -f`. */
export function followKubectl(kubeconfig: string, args: readonly string[], input?: CommandInput) {
  return followCommand(KUBECTL, [...connection(kubeconfig), ...args], input);
}

/** What kubectl's stream commands speak: the same scenarios are run over each. */
export const KUBECTL_TRANSPORTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  SPDY: { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'false', KUBECTL_PORT_FORWARD_WEBSOCKETS: 'false' },
  WebSocket: { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'true', KUBECTL_PORT_FORWARD_WEBSOCKETS: 'true' },
};

/** What kubectl remembers of a server goes with the kubeconfig: the next server may have the same port. */
function connection(kubeconfig: string): string[] {
  return ['--kubeconfig', kubeconfig, '--cache-dir', join(dirname(kubeconfig), 'kubectl-cache')];
}

/** The client's minor version, for what older ones cannot do. */
export function kubectlMinor(): number {
  return Number(/^v1\.(\d+)\./.exec(kubectlVersion())?.[1]);
}

/** One line that names the client, for the test's output. */
export function kubectlVersion(): string {
  const text = execFileSync(KUBECTL, ['version', '--client', '-o', 'json'], { encoding: 'utf8' });
  return /"gitVersion":\s*"([^"]+)"/.exec(text)?.[1] ?? 'unknown';
}
