// Where a probe or a hook that goes over the network goes: the pod's own address unless it names another, a port by
// number or by its name in the container.
import type { PodContainer } from './pod-containers.ts';

export interface HttpTarget {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly port: number;
  /** With its query. */
  readonly path: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
}

export interface SocketTarget {
  readonly host: string;
  readonly port: number;
}

export interface HttpAction {
  readonly host?: string;
  readonly port: number | string;
  readonly path?: string;
  readonly scheme?: string;
  readonly httpHeaders?: readonly { readonly name: string; readonly value: string }[];
}

export type TargetProblem = { readonly problem: string };

export function httpTarget(
  action: HttpAction,
  container: PodContainer,
  podIp: string,
): HttpTarget | TargetProblem {
  const socket = socketTarget(action, container, podIp);
  if ('problem' in socket) return socket;
  const path = action.path ?? '';
  return {
    ...socket,
    scheme: action.scheme?.toLowerCase() === 'https' ? 'https' : 'http',
    path: path.startsWith('/') ? path : `/${path}`,
    headers: action.httpHeaders ?? [],
  };
}

export function socketTarget(
  { host, port }: { readonly host?: string; readonly port: number | string },
  { ports = [] }: PodContainer,
  podIp: string,
): SocketTarget | TargetProblem {
  const number = typeof port === 'number' ? port : ports.find(({ name }) => name === port)?.containerPort;
  if (number === undefined) return { problem: `couldn't find port: ${port}` };
  if (number <= 0 || number > 65_535) return { problem: `invalid port number: ${number}` };
  return { host: host || podIp, port: number };
}
