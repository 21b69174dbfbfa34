// Resources that change while a container runs: what Docker is to be told, whether the container must start anew for it,
// and what the status says meanwhile. What is in effect is read from Docker, so no restart of the agent loses a resize.
import type { ContainerStatus, Pod, PodCondition } from '../../common/pod.ts';
import { formatQuantity, parseQuantity } from '../../common/quantity.ts';
import type { ContainerViews } from './container-view.ts';
import { viewOf } from './container-view.ts';
import type { Machine } from './downward.ts';
import type { ObservedContainer } from './observation.ts';
import { type Member, podMembers } from './pod-containers.ts';
import { podRequest, requested, withPodResources } from './pod-level-resources.ts';
import { cpuAndMemory } from './pod-resources.ts';
import type { Situation } from './situation.ts';

/** As Docker has them; 0: none. */
export interface AppliedLimits {
  readonly CpuShares: number;
  readonly CpuQuota: number;
  readonly Memory: number;
}

export interface Resize {
  readonly container: ObservedContainer;
  readonly limits: AppliedLimits;
  /** The pod wants this change by a new start. */
  readonly restart: boolean;
}

/** Running containers whose resources are no longer the pod's. */
export function pendingResizes(pod: Pod, views: ContainerViews): readonly Resize[] {
  return podMembers(pod).flatMap((member) => pendingResize(member, pod, views) ?? []);
}

/** The name under which a resize that failed is remembered. */
export function resizeName(container: string): string {
  return `resize ${container}`;
}

/** Why the machine can never give what the pod asks for now; undefined when it can. */
export function infeasible(pod: Pod, machine: Machine): string | undefined {
  const sum = (name: 'cpu' | 'memory') =>
    podRequest(pod, name) ??
    podMembers(pod)
      .filter(({ kind }) => kind === 'regular' || kind === 'sidecar')
      .reduce((total, { spec }) => total + (parseQuantity(String(requested(spec)[name] ?? '0')) ?? 0n), 0n);
  const cpu = sum('cpu');
  if (cpu > BigInt(Math.floor(machine.cpuMilli))) return tooMuch('cpu', cpu, machine.cpuMilli);
  const memory = sum('memory') / 1000n;
  return memory > BigInt(machine.memoryBytes) ? tooMuch('memory', memory, machine.memoryBytes) : undefined;
}

export interface ResizeSituation {
  readonly pod: Pod;
  readonly views: ContainerViews;
  readonly machine: Machine | undefined;
  readonly failures: ReadonlyMap<string, { readonly message: string }>;
}

type Verdict = Pick<PodCondition, 'type' | 'status' | 'reason' | 'message'>;

/** Absent when nothing is to be resized. */
export function resizeConditions({ pod, views, machine, failures }: ResizeSituation): readonly Verdict[] {
  const pending = pendingResizes(pod, views);
  if (pending.length === 0) return [];
  const message = machine && infeasible(pod, machine);
  if (message !== undefined)
    return [{ type: 'PodResizePending', status: 'True', reason: 'Infeasible', message }];
  const failed = pending.flatMap(
    ({ container }) => failures.get(resizeName(container.identity.container)) ?? [],
  )[0];
  const why = failed ? { reason: 'Error', message: failed.message } : {};
  return [{ type: 'PodResizeInProgress', status: 'True', ...why }];
}

/** What a running container has: the pod's resources once they are in effect, until then what was reported before. */
export function resourcesStatus(
  member: Member,
  { record, views }: Pick<Situation, 'record' | 'views'>,
  reported: ContainerStatus | undefined,
): Pick<ContainerStatus, 'resources' | 'allocatedResources'> {
  const { spec, kind } = member;
  if (kind === 'ephemeral') return {};
  const { limits } = spec.resources ?? {};
  const requests = requested(spec);
  if (pendingResize(member, record.pod, views) && reported?.resources) {
    const { resources, allocatedResources } = reported;
    return { resources, ...(allocatedResources ? { allocatedResources } : {}) };
  }
  const has = (amounts: object | undefined) => Object.keys(amounts ?? {}).length > 0;
  if (!has(limits) && !has(requests)) return {};
  return {
    resources: { ...(has(limits) ? { limits } : {}), ...(has(requests) ? { requests } : {}) },
    ...(has(requests) ? { allocatedResources: requests } : {}),
  };
}

function pendingResize({ kind, spec }: Member, pod: Pod, views: ContainerViews): Resize | undefined {
  const view = viewOf(views, spec.name);
  if (kind === 'ephemeral' || view.kind !== 'running' || !view.container.limits) return undefined;
  const { limits: applied } = view.container;
  const wanted = cpuAndMemory(withPodResources(pod, spec));
  const { CpuShares, CpuQuota = applied.CpuQuota, Memory = applied.Memory } = wanted;
  const cpu = CpuShares !== applied.CpuShares || CpuQuota !== applied.CpuQuota;
  const memory = Memory !== applied.Memory;
  if (!cpu && !memory) return undefined;
  const restart = (spec.resizePolicy ?? []).some(
    ({ resourceName, restartPolicy }) =>
      restartPolicy === 'RestartContainer' &&
      (resourceName === 'cpu' ? cpu : resourceName === 'memory' && memory),
  );
  return { container: view.container, limits: { CpuShares, CpuQuota, Memory }, restart };
}

function tooMuch(resource: string, wanted: bigint, capacity: number): string {
  return `Node didn't have enough capacity: ${resource}, requested: ${formatQuantity(wanted * 1000n)}, capacity: ${Math.floor(capacity)}`;
}
