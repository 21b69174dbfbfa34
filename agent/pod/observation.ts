// What was seen of one pod in Docker: the answer of one complete list and its inspections. There is no partial one.
import type { ContainerIdentity } from './labels.ts';
import type { AppliedLimits } from './resize.ts';

export interface Observation {
  /** Every sandbox of the pod, newest attempt first. */
  readonly sandboxes: readonly ObservedContainer[];
  /** Every other container of the pod, newest attempt first. */
  readonly containers: readonly ObservedContainer[];
}

export interface ObservedContainer {
  /** Docker's 64 hexadecimal digits. */
  readonly id: string;
  readonly identity: ContainerIdentity;
  readonly state: ObservedState;
  readonly createdAtMs: number;
  readonly imageId: string;
  /** What stops it: the image's own signal, or SIGTERM. */
  readonly stopSignal: string;
  /** In effect; undefined where nobody knows. */
  readonly limits?: AppliedLimits;
  /** On the pod network; empty for containers that share a sandbox, and for the host's network. */
  readonly ip: string;
  /** Of the other family, on a network that has both; undefined: it has none. */
  readonly secondIp?: string;
  /** What runs it, by the engine's name for it; undefined where nobody knows. */
  readonly runtime?: string;
  /** The Docker network it is on; undefined where nobody knows. */
  readonly network?: string;
}

export type ObservedState =
  /** Made, never started. */
  | { readonly kind: 'created' }
  | { readonly kind: 'running'; readonly startedAtMs: number }
  | ({ readonly kind: 'exited' } & Exit);

export interface Exit {
  readonly exitCode: number;
  /** OOMKilled, Completed, Error, ContainerCannotRun, ContainerStatusUnknown. */
  readonly reason: string;
  readonly message: string;
  /** Unix milliseconds; undefined when nobody knows. */
  readonly startedAtMs: number | undefined;
  readonly finishedAtMs: number | undefined;
  /** How long ago it ended, by a clock that does not jump. */
  readonly agoMs: number;
}

export function isLive(container: ObservedContainer): boolean {
  return container.state.kind === 'running';
}

/** Its addresses, at most one of a family; none before it has been started. */
export function ipsOf({ ip, secondIp }: ObservedContainer): readonly string[] {
  return [ip, secondIp ?? ''].filter((address) => address !== '');
}
