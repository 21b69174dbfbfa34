// Original file: longshore/v1/session.proto

import type { CpuStats as _longshore_v1_CpuStats, CpuStats__Output as _longshore_v1_CpuStats__Output } from '../../longshore/v1/CpuStats.ts';
import type { MemoryStats as _longshore_v1_MemoryStats, MemoryStats__Output as _longshore_v1_MemoryStats__Output } from '../../longshore/v1/MemoryStats.ts';

/**
 * Programs of the machine's own that pods need: "agent", "engine".
 */
export interface ServiceStats {
  'name'?: (string);
  'cpu'?: (_longshore_v1_CpuStats | null);
  'memory'?: (_longshore_v1_MemoryStats | null);
}

/**
 * Programs of the machine's own that pods need: "agent", "engine".
 */
export interface ServiceStats__Output {
  'name': (string);
  'cpu': (_longshore_v1_CpuStats__Output | null);
  'memory': (_longshore_v1_MemoryStats__Output | null);
}
