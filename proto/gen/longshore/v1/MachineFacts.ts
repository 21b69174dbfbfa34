// Original file: longshore/v1/session.proto

import type { MachineCondition as _longshore_v1_MachineCondition, MachineCondition__Output as _longshore_v1_MachineCondition__Output } from '../../longshore/v1/MachineCondition.ts';

/**
 * What the machine is and has. Sent after Hello and whenever it changes; quantities as Kubernetes writes them.
 */
export interface MachineFacts {
  'hostname'?: (string);
  'os'?: (string);
  'arch'?: (string);
  'kernelVersion'?: (string);
  'osImage'?: (string);
  'machineId'?: (string);
  'systemUuid'?: (string);
  'engineVersion'?: (string);
  'addresses'?: (string)[];
  /**
   * "cpu", "memory", "ephemeral-storage", "pods" and extended resources.
   */
  'capacity'?: ({[key: string]: string});
  'allocatable'?: ({[key: string]: string});
  'conditions'?: (_longshore_v1_MachineCondition)[];
}

/**
 * What the machine is and has. Sent after Hello and whenever it changes; quantities as Kubernetes writes them.
 */
export interface MachineFacts__Output {
  'hostname': (string);
  'os': (string);
  'arch': (string);
  'kernelVersion': (string);
  'osImage': (string);
  'machineId': (string);
  'systemUuid': (string);
  'engineVersion': (string);
  'addresses': (string)[];
  /**
   * "cpu", "memory", "ephemeral-storage", "pods" and extended resources.
   */
  'capacity': ({[key: string]: string});
  'allocatable': ({[key: string]: string});
  'conditions': (_longshore_v1_MachineCondition__Output)[];
}
