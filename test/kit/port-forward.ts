// `kubectl port-forward` as the tests run it, and what a test does with a forwarded port.
import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { eventually } from './eventually.ts';
import { followKubectl } from './kubectl.ts';

export interface PortForward extends AsyncDisposable {
  /** On this machine, for each port of the pod. */
  readonly ports: readonly number[];
  /** What kubectl has said. */
  readonly output: string;
  /** Its exit code, once it ends by itself. */
  readonly ended: Promise<number | null>;
}

/** Resolves when kubectl listens for all of them; ends with the scope. */
export async function forwardPorts(
  kubeconfig: string,
  target: { readonly pod: string; readonly ports: readonly number[] },
  env: Readonly<Record<string, string>> = {},
): Promise<PortForward> {
  const ports = target.ports.map((port) => `:${port}`);
  const args = ['port-forward', '--address', '127.0.0.1', `pod/${target.pod}`, ...ports];
  const kubectl = followKubectl(kubeconfig, args, { env });
  const localPort = (port: number) =>
    Number(new RegExp(`127\\.0\\.0\\.1:(\\d+) -> ${port}\\b`).exec(kubectl.output)?.[1] ?? 0);
  await eventually(() => target.ports.every((port) => localPort(port) > 0), {
    what: `kubectl to listen (it says ${kubectl.output})`,
  });
  return {
    ports: target.ports.map(localPort),
    get output() {
      return kubectl.output;
    },
    ended: kubectl.ended,
    [Symbol.asyncDispose]: () => kubectl[Symbol.asyncDispose](),
  };
}

/** Sends all of it, ends its half, and gives what came until the other half had ended. */
export function exchange(port: number, sent: Buffer): Promise<Buffer> {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
  socket.end(sent);
  return buffer(socket);
}
