// A container's probes: what each asks, how often, and what its answers come to. A result counts once it has come so many
// times in a row; a probe that could not be made says nothing.
import {
  type HttpTarget,
  httpTarget,
  type SocketTarget,
  socketTarget,
  type TargetProblem,
} from './action-target.ts';
import type { PodContainer } from './pod-containers.ts';

export type ProbeKind = 'startup' | 'liveness' | 'readiness';

export type ProbeAction =
  | { readonly kind: 'exec'; readonly command: readonly string[] }
  | { readonly kind: 'http'; readonly target: HttpTarget }
  | { readonly kind: 'tcp'; readonly target: SocketTarget }
  | { readonly kind: 'grpc'; readonly target: SocketTarget; readonly service: string }
  /** It cannot be made. */
  | { readonly kind: 'none'; readonly problem: string };

export interface ProbeSettings {
  readonly initialDelayMs: number;
  readonly periodMs: number;
  readonly timeoutMs: number;
  readonly successThreshold: number;
  readonly failureThreshold: number;
}

export type ProbeResult = 'success' | 'failure';

type Probe = NonNullable<PodContainer['livenessProbe']>;

export function probeOf(container: PodContainer, kind: ProbeKind): Probe | undefined {
  return container[`${kind}Probe`];
}

/** Names one probe of one container. */
export function probeKey(containerId: string, kind: ProbeKind): string {
  return `${kind} ${containerId}`;
}

export function probeSettings(probe: Probe): ProbeSettings {
  return {
    initialDelayMs: (probe.initialDelaySeconds ?? 0) * 1000,
    periodMs: (probe.periodSeconds || 10) * 1000,
    timeoutMs: (probe.timeoutSeconds || 1) * 1000,
    successThreshold: probe.successThreshold || 1,
    failureThreshold: probe.failureThreshold || 3,
  };
}

export function probeAction(probe: Probe, container: PodContainer, podIp: string): ProbeAction {
  const { exec, httpGet, tcpSocket, grpc } = probe;
  if (exec) return { kind: 'exec', command: exec.command ?? [] };
  if (httpGet) return towards(httpTarget(httpGet, container, podIp), (target) => ({ kind: 'http', target }));
  if (tcpSocket)
    return towards(socketTarget(tcpSocket, container, podIp), (target) => ({ kind: 'tcp', target }));
  if (grpc) {
    const service = grpc.service ?? '';
    return towards(socketTarget(grpc, container, podIp), (target) => ({ kind: 'grpc', target, service }));
  }
  return { kind: 'none', problem: 'missing probe handler' };
}

function towards<T extends object>(
  target: T | TargetProblem,
  action: (target: T) => ProbeAction,
): ProbeAction {
  return 'problem' in target ? { kind: 'none', problem: target.problem } : action(target);
}

/** The results so far. */
export interface ProbeRun {
  readonly last: ProbeResult | undefined;
  /** How often the last has come in a row. */
  readonly times: number;
}

export const FIRST_RUN: ProbeRun = { last: undefined, times: 0 };

export function afterResult(run: ProbeRun, result: ProbeResult): ProbeRun {
  return { last: result, times: run.last === result ? run.times + 1 : 1 };
}

/** What the results have come to; undefined: nothing new. */
export function verdictOf(run: ProbeRun, settings: ProbeSettings): ProbeResult | undefined {
  const needed = run.last === 'success' ? settings.successThreshold : settings.failureThreshold;
  return run.times >= needed ? run.last : undefined;
}
