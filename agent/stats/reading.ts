// What is measured of containers, and what measuring needs of whoever knows the pods and the engine.

import type { NetworkStats } from '../../proto/gen/longshore/v1/NetworkStats.ts';
import type { DeviceIo } from './disk-io.ts';

export interface Reading {
  /** Since the container's start. */
  readonly cpuUsec: number;
  readonly userUsec?: number;
  readonly systemUsec?: number;
  /** Where its CPU is limited. */
  readonly cfs?: {
    readonly periods: number;
    readonly throttledPeriods: number;
    readonly throttledUsec: number;
  };
  readonly memory: {
    readonly usageBytes: number;
    readonly workingSetBytes: number;
    /** What its limit leaves beyond that; undefined: it has none. */
    readonly availableBytes?: number;
    readonly rssBytes?: number;
    readonly cacheBytes?: number;
    readonly pageFaults?: number;
    readonly majorPageFaults?: number;
    readonly mappedFileBytes?: number;
    readonly swapBytes?: number;
    readonly swapLimitBytes?: number;
  };
  readonly diskIo?: readonly DeviceIo[];
  readonly processes?: number;
  /** With threads. */
  readonly tasks?: number;
  readonly oomKills?: number;
}

export type Network = readonly NetworkStats[];

export interface MeasuredPod {
  readonly uid: string;
  readonly hostNetwork: boolean;
  /** Those that run. */
  readonly containers: readonly MeasuredContainer[];
  /** When they were measured last. */
  readonly volumes: readonly VolumeUse[];
}

export interface MeasuredContainer {
  readonly name: string;
  readonly id: string;
  readonly startedAtMs: number;
  /** When that was measured last. */
  readonly written?: Written;
  readonly probes: readonly ProbeCount[];
}

/** What a container keeps on the disk beside its image and its volumes. */
export interface Written {
  /** In its own layer. */
  readonly layerBytes: number;
  /** Undefined: this agent may not see its log, or there is none. */
  readonly log?: { readonly bytes: number; readonly files: number };
}

/** What is kept in a volume. */
export interface VolumeUse {
  readonly name: string;
  readonly usedBytes: number;
  readonly usedInodes?: number;
  /** On which it lies, whoever uses it. */
  readonly filesystem: {
    readonly capacityBytes: number;
    readonly availableBytes: number;
    /** Undefined: it has no fixed number of them. */
    readonly inodes?: number;
    readonly freeInodes?: number;
  };
}

export interface ProbeCount {
  readonly type: string;
  readonly successful: number;
  readonly failed: number;
  /** It could not be made. */
  readonly unknown: number;
  /** Of those that succeeded, in each bucket. */
  readonly durationCounts: readonly number[];
  readonly durationUsec: number;
}

/** Where the engine has put a container. */
export interface Whereabouts {
  /** Of its first process, as the engine sees it. */
  readonly pid: number;
  /** The container whose network it shares; undefined: it has its own. */
  readonly networkOf: string | undefined;
}

export interface EngineStats {
  /** Undefined when it does not run. */
  locate(id: string): Promise<Whereabouts | undefined>;
  /** Measured by the engine, which takes its time; undefined when it does not run. */
  read(id: string): Promise<{ readonly reading: Reading; readonly network: Network } | undefined>;
}
