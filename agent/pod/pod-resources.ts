// What a container's requests and limits mean to Docker: shares, quota, memory, who dies first when memory runs out.

import type { Pod } from '../../common/pod.ts';
import { parseQuantity, wholeUnits } from '../../common/quantity.ts';
import { peak } from './peak.ts';
import type { PodContainer } from './pod-containers.ts';
import { withPodResources } from './pod-level-resources.ts';

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

export interface ContainerLimits {
  readonly CpuShares: number;
  readonly CpuPeriod?: number;
  readonly CpuQuota?: number;
  readonly Memory?: number;
  /** Equal to Memory: no swap. */
  readonly MemorySwap?: number;
  readonly OomScoreAdj: number;
  readonly PidsLimit?: number;
}

const MIN_SHARES = 2;
const MAX_SHARES = 262_144;
const PERIOD_US = 100_000;
const MIN_QUOTA_US = 1000;

/** What the machine sets the scale of. */
export interface LimitsScale {
  readonly machineMemoryBytes: number;
  /** No OOM score below this can be had. */
  readonly oomScoreFloor: number;
  /** How many processes a container may have; undefined: any number. */
  readonly pidsLimit: number | undefined;
}

export function containerLimits(pod: Pod, container: PodContainer, scale: LimitsScale): ContainerLimits {
  const whole = withPodResources(pod, container);
  return {
    ...cpuAndMemory(whole),
    OomScoreAdj: Math.max(scale.oomScoreFloor, oomScore(pod, whole, scale.machineMemoryBytes)),
    ...(scale.pidsLimit === undefined ? {} : { PidsLimit: scale.pidsLimit }),
  };
}

/** What can change while the container runs. */
export function cpuAndMemory(container: PodContainer): Omit<ContainerLimits, 'OomScoreAdj' | 'PidsLimit'> {
  const limits = container.resources?.limits ?? {};
  const requests = container.resources?.requests ?? {};
  const cpuRequest = milli(requests['cpu'] ?? limits['cpu']);
  const cpuLimit = milli(limits['cpu']);
  const memory = bytes(limits['memory']);
  return {
    CpuShares: Math.min(MAX_SHARES, Math.max(MIN_SHARES, Math.floor((cpuRequest * 1024) / 1000))),
    ...(cpuLimit > 0
      ? { CpuPeriod: PERIOD_US, CpuQuota: Math.max(MIN_QUOTA_US, (cpuLimit * PERIOD_US) / 1000) }
      : {}),
    ...(memory > 0 ? { Memory: memory, MemorySwap: memory } : {}),
  };
}

const GUARANTEED_OOM_SCORE = -997;
const BEST_EFFORT_OOM_SCORE = 1000;
const NODE_CRITICAL_PRIORITY = 2_000_001_000;

function oomScore(pod: Pod, container: PodContainer, machineMemoryBytes: number): number {
  if ((pod.spec.priority ?? 0) >= NODE_CRITICAL_PRIORITY) return GUARANTEED_OOM_SCORE;
  const qos = qosClass(pod);
  if (qos === 'Guaranteed') return GUARANTEED_OOM_SCORE;
  if (qos === 'BestEffort') return BEST_EFFORT_OOM_SCORE;
  const { requests, limits } = container.resources ?? {};
  const request = bytes(requests?.['memory'] ?? limits?.['memory']);
  const score = 1000 - Math.floor((1000 * request) / Math.max(1, machineMemoryBytes));
  return Math.min(BEST_EFFORT_OOM_SCORE - 1, Math.max(1000 + GUARANTEED_OOM_SCORE, score));
}

/** Over cpu and memory of the pod as a whole, or else of all containers, init containers too. */
export function qosClass({ spec }: Pod): QosClass {
  const asking = spec.resources ? [spec] : [...spec.containers, ...(spec.initContainers ?? [])];
  const amounts = asking.flatMap(({ resources }) =>
    ['cpu', 'memory'].map((name) => {
      const limit = quantity(resources?.limits?.[name]);
      return { limit, request: quantity(resources?.requests?.[name]) ?? limit };
    }),
  );
  const set = (amount: bigint | undefined) => amount !== undefined && amount > 0n;
  if (!amounts.some(({ limit, request }) => set(limit) || set(request))) return 'BestEffort';
  const guaranteed = amounts.every(({ limit, request }) => set(limit) && limit === request);
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

/** What the pod's containers may use of memory together; undefined when one of them has no limit. */
export function podMemoryLimitBytes(pod: Pod): number | undefined {
  const { spec } = pod;
  const limit = ({ resources }: Pick<PodContainer, 'resources'>) => bytes(resources?.limits?.['memory']);
  if (limit(spec) > 0) return limit(spec);
  const inits = spec.initContainers ?? [];
  if ([...inits, ...spec.containers].some((container) => limit(container) === 0)) return undefined;
  return Number(peak(pod, (container) => BigInt(limit(container))));
}

function quantity(text: string | undefined): bigint | undefined {
  return text === undefined ? undefined : parseQuantity(String(text));
}

function milli(text: string | undefined): number {
  return Number(quantity(text) ?? 0n);
}

function bytes(text: string | undefined): number {
  return wholeUnits(quantity(text) ?? 0n);
}
