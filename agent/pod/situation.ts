// Everything a decision about one pod may look at, gathered at one moment: the record, what Docker shows, and what the
// worker remembers since it runs. Plan and status are functions of this alone.
import type { ContainerViews } from './container-view.ts';
import type { Launch } from './launch.ts';
import type { Moment } from './moment.ts';
import type { Observation } from './observation.ts';
import type { VolumesState } from './plan-volumes.ts';
import type { PodObjects } from './pod-objects.ts';
import type { PodRecord } from './pod-record.ts';
import type { ProbeResult } from './probe.ts';
import type { ResizeState } from './resize.ts';

export interface Situation {
  readonly record: PodRecord;
  readonly observation: Observation;
  readonly views: ContainerViews;
  readonly now: Moment;
  /** What the pod refers to, as far as this machine has heard of it. */
  readonly objects: PodObjects;
  readonly volumes: VolumesState;
  /** By container name; those of volumes by `imageVolumeKey`. */
  readonly images: ReadonlyMap<string, ImageState>;
  /** Why the last attempt to create or start it failed; by container name, `POD` for the sandbox. */
  readonly failures: ReadonlyMap<string, StepFailure>;
  /** What probes have found since the agent runs; by `probeKey`. */
  readonly probes: ReadonlyMap<string, ProbeResult>;
  /** Hooks that this run of the agent is seeing to; see `hookKey`. */
  readonly hooksRunning: ReadonlySet<string>;
  /** Of this run of the agent, by Docker id: what it has made, and Docker does not show as started yet. */
  readonly launches: ReadonlyMap<string, Launch>;
  /** The engine does not make containers whose sandbox does not run yet. */
  readonly aheadRefused: boolean;
  /** Containers killed since the agent runs; by Docker id, how long ago. */
  readonly killedMsAgo: ReadonlyMap<string, number>;
  /** What becomes of resources that change while the pod runs. */
  readonly resize: ResizeState;
  /** Since the pod was taken on. */
  readonly activeMs: number;
  /** Since it is being stopped for good; 0 when it is not. */
  readonly stoppingMs: number;
  /** Why this pod cannot be run as it is written; empty when it can. */
  readonly problems: readonly string[];
}

export type ImageState =
  | { readonly kind: 'pulling' }
  /** Not here, and when last asked for, the pod's pull secrets were not known. */
  | { readonly kind: 'awaits-secrets' }
  | { readonly kind: 'ready'; readonly imageId: string }
  | {
      readonly kind: 'failed';
      readonly reason: string;
      readonly message: string;
      /** The pull secrets that were of no use then. */
      readonly lacked: readonly string[];
      readonly agoMs: number;
      readonly delayMs: number;
    };

export interface StepFailure {
  /** CreateContainerError, CreateContainerConfigError, RunContainerError, … */
  readonly reason: string;
  readonly message: string;
  readonly agoMs: number;
  readonly delayMs: number;
}

/** How long a failed pull shows its own error before it shows that it backs off. */
export const SHOW_PULL_ERROR_MS = 2000;

const SECOND_MS = 1000;

/** It is to end as failed, whatever its containers have come to: its time is over, or it has been evicted. */
export function mustEnd(situation: Pick<Situation, 'record' | 'activeMs'>): boolean {
  return situation.record.evicted !== undefined || deadlinePassed(situation);
}

/** The pod has had the time its activeDeadlineSeconds gives it. */
export function deadlinePassed(situation: Pick<Situation, 'record' | 'activeMs'>): boolean {
  const seconds = situation.record.pod.spec.activeDeadlineSeconds;
  return seconds !== undefined && seconds !== null && situation.activeMs >= seconds * SECOND_MS;
}

/** Undefined: the pod has no deadline. */
export function deadlineWakeMs({ record, activeMs }: Situation): number | undefined {
  const seconds = record.pod.spec.activeDeadlineSeconds;
  if (seconds === undefined || seconds === null) return undefined;
  return Math.max(0, seconds * SECOND_MS - activeMs);
}

/** What is left of the wait that follows a failure to create or start `what`; undefined when there is none. */
export function waitAfterFailureMs({ failures }: Situation, what: string): number | undefined {
  const failure = failures.get(what);
  return failure && failure.agoMs < failure.delayMs ? failure.delayMs - failure.agoMs : undefined;
}
