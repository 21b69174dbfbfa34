// The counters of a node that several machines stand for. A counter must never fall and never leap: what a machine had
// counted before it was first heard of does not count, and what one has counted stays when it leaves. The first of all
// brings its own count along, so that a node of one machine counts as that machine does.
import type { MachineStats__Output } from '../../../proto/gen/longshore/v1/MachineStats.ts';

export interface NodeCounters {
  readonly cpuUsec: number;
  readonly rxBytes: number;
  readonly rxErrors: number;
  readonly txBytes: number;
  readonly txErrors: number;
  readonly agentCpuUsec: number;
  readonly engineCpuUsec: number;
}

export function machineCounters({ cpu, network, services }: MachineStats__Output): NodeCounters {
  const sum = (name: 'rxBytes' | 'rxErrors' | 'txBytes' | 'txErrors') =>
    network.reduce((total, one) => total + one[name], 0);
  const ofService = (service: string) => services.find(({ name }) => name === service)?.cpu?.usageUsec ?? 0;
  return {
    cpuUsec: cpu?.usageUsec ?? 0,
    rxBytes: sum('rxBytes'),
    rxErrors: sum('rxErrors'),
    txBytes: sum('txBytes'),
    txErrors: sum('txErrors'),
    agentCpuUsec: ofService('agent'),
    engineCpuUsec: ofService('engine'),
  };
}

/** The node's, after one of its machines has counted on from `before`; undefined: it was not heard of before. */
export function countOn(
  node: NodeCounters | undefined,
  { before, now }: { readonly before: NodeCounters | undefined; readonly now: NodeCounters },
): NodeCounters {
  if (!node) return now;
  if (!before) return node;
  const on = (name: keyof NodeCounters) =>
    // One that is less than it was has begun anew.
    node[name] + (now[name] >= before[name] ? now[name] - before[name] : now[name]);
  return {
    cpuUsec: on('cpuUsec'),
    rxBytes: on('rxBytes'),
    rxErrors: on('rxErrors'),
    txBytes: on('txBytes'),
    txErrors: on('txErrors'),
    agentCpuUsec: on('agentCpuUsec'),
    engineCpuUsec: on('engineCpuUsec'),
  };
}
