// Original file: longshore/v1/session.proto

import type { CpuStats as _longshore_v1_CpuStats, CpuStats__Output as _longshore_v1_CpuStats__Output } from '../../longshore/v1/CpuStats.ts';
import type { MemoryStats as _longshore_v1_MemoryStats, MemoryStats__Output as _longshore_v1_MemoryStats__Output } from '../../longshore/v1/MemoryStats.ts';
import type { NetworkStats as _longshore_v1_NetworkStats, NetworkStats__Output as _longshore_v1_NetworkStats__Output } from '../../longshore/v1/NetworkStats.ts';
import type { FilesystemStats as _longshore_v1_FilesystemStats, FilesystemStats__Output as _longshore_v1_FilesystemStats__Output } from '../../longshore/v1/FilesystemStats.ts';
import type { ServiceStats as _longshore_v1_ServiceStats, ServiceStats__Output as _longshore_v1_ServiceStats__Output } from '../../longshore/v1/ServiceStats.ts';
import type { Long } from '@grpc/proto-loader';

export interface MachineStats {
  'cpu'?: (_longshore_v1_CpuStats | null);
  'memory'?: (_longshore_v1_MemoryStats | null);
  /**
   * At most 64.
   */
  'network'?: (_longshore_v1_NetworkStats)[];
  /**
   * Where the engine keeps images and containers.
   */
  'filesystem'?: (_longshore_v1_FilesystemStats | null);
  'uptimeMs'?: (number | string | Long);
  /**
   * Processes and threads that the machine has, and may have.
   */
  'tasks'?: (number | string | Long);
  'maxTasks'?: (number | string | Long);
  /**
   * Each name once.
   */
  'services'?: (_longshore_v1_ServiceStats)[];
  '_tasks'?: "tasks";
  '_maxTasks'?: "maxTasks";
}

export interface MachineStats__Output {
  'cpu': (_longshore_v1_CpuStats__Output | null);
  'memory': (_longshore_v1_MemoryStats__Output | null);
  /**
   * At most 64.
   */
  'network': (_longshore_v1_NetworkStats__Output)[];
  /**
   * Where the engine keeps images and containers.
   */
  'filesystem': (_longshore_v1_FilesystemStats__Output | null);
  'uptimeMs': (number);
  /**
   * Processes and threads that the machine has, and may have.
   */
  'tasks'?: (number);
  'maxTasks'?: (number);
  /**
   * Each name once.
   */
  'services': (_longshore_v1_ServiceStats__Output)[];
  '_tasks'?: "tasks";
  '_maxTasks'?: "maxTasks";
}
