// Original file: longshore/v1/session.proto

import type { CpuStats as _longshore_v1_CpuStats, CpuStats__Output as _longshore_v1_CpuStats__Output } from '../../longshore/v1/CpuStats.ts';
import type { MemoryStats as _longshore_v1_MemoryStats, MemoryStats__Output as _longshore_v1_MemoryStats__Output } from '../../longshore/v1/MemoryStats.ts';
import type { ProbeStats as _longshore_v1_ProbeStats, ProbeStats__Output as _longshore_v1_ProbeStats__Output } from '../../longshore/v1/ProbeStats.ts';
import type { CfsStats as _longshore_v1_CfsStats, CfsStats__Output as _longshore_v1_CfsStats__Output } from '../../longshore/v1/CfsStats.ts';
import type { DiskIo as _longshore_v1_DiskIo, DiskIo__Output as _longshore_v1_DiskIo__Output } from '../../longshore/v1/DiskIo.ts';
import type { Long } from '@grpc/proto-loader';

export interface ContainerStats {
  'name'?: (string);
  /**
   * The engine's.
   */
  'id'?: (string);
  /**
   * As in the pod's status, Unix milliseconds on the agent's clock; 0: not told.
   */
  'startedAtMs'?: (number | string | Long);
  'cpu'?: (_longshore_v1_CpuStats | null);
  'memory'?: (_longshore_v1_MemoryStats | null);
  'oomKills'?: (number | string | Long);
  /**
   * Written into its own layer, when that was measured last.
   */
  'writtenBytes'?: (number | string | Long);
  'probes'?: (_longshore_v1_ProbeStats)[];
  /**
   * Unset where nothing limits its CPU.
   */
  'cfs'?: (_longshore_v1_CfsStats | null);
  /**
   * At most 64.
   */
  'diskIo'?: (_longshore_v1_DiskIo)[];
  /**
   * Processes, and these and their threads.
   */
  'processes'?: (number | string | Long);
  'tasks'?: (number | string | Long);
  /**
   * Of its log, when that was measured last, and how many files that is.
   */
  'logBytes'?: (number | string | Long);
  'logFiles'?: (number | string | Long);
  '_oomKills'?: "oomKills";
  '_writtenBytes'?: "writtenBytes";
  '_processes'?: "processes";
  '_tasks'?: "tasks";
  '_logBytes'?: "logBytes";
  '_logFiles'?: "logFiles";
}

export interface ContainerStats__Output {
  'name': (string);
  /**
   * The engine's.
   */
  'id': (string);
  /**
   * As in the pod's status, Unix milliseconds on the agent's clock; 0: not told.
   */
  'startedAtMs': (number);
  'cpu': (_longshore_v1_CpuStats__Output | null);
  'memory': (_longshore_v1_MemoryStats__Output | null);
  'oomKills'?: (number);
  /**
   * Written into its own layer, when that was measured last.
   */
  'writtenBytes'?: (number);
  'probes': (_longshore_v1_ProbeStats__Output)[];
  /**
   * Unset where nothing limits its CPU.
   */
  'cfs': (_longshore_v1_CfsStats__Output | null);
  /**
   * At most 64.
   */
  'diskIo': (_longshore_v1_DiskIo__Output)[];
  /**
   * Processes, and these and their threads.
   */
  'processes'?: (number);
  'tasks'?: (number);
  /**
   * Of its log, when that was measured last, and how many files that is.
   */
  'logBytes'?: (number);
  'logFiles'?: (number);
  '_oomKills'?: "oomKills";
  '_writtenBytes'?: "writtenBytes";
  '_processes'?: "processes";
  '_tasks'?: "tasks";
  '_logBytes'?: "logBytes";
  '_logFiles'?: "logFiles";
}
