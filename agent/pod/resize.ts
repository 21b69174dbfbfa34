// Resources that change while a container runs: whether the pod can have them now, what Docker is to be told, whether a
// container must start anew for it, and what the status says meanwhile. What is in effect is read from Docker, so no
// restart of the agent loses a resize.
import type { ContainerStatus, PodCondition } from '../../common/pod.ts';
import { type ContainerView, type ContainerViews, viewOf } from './container-view.ts';
import type { Machine } from './downward.ts';
import type { ObservedContainer } from './observation.ts';
import { type Member, podMembers } from './pod-containers.ts';
import { requested, withPodResources } from './pod-level-resources.ts';
import type { PodRecord } from './pod-record.ts';
import { cpuAndMemory } from './pod-resources.ts';
import { type Refusal, refusal } from './resize-room.ts';

/** As Docker has them; 0: none. */
export interface AppliedLimits {
  readonly CpuShares: number;
  readonly CpuQuota: number;
  readonly Memory: number;
}

/** A running container whose resources are no longer the pod's. */
export interface Resize {
  readonly container: ObservedContainer;
  readonly limits: AppliedLimits;
  /** The pod wants this change by a new start. */
  readonly restart: boolean;
}

export type ResizeState =
  /** All containers have what the pod asks for. */
  | { readonly kind: 'none' }
  /** They keep what they have. */
  | ({ readonly kind: 'refused' } & Refusal)
  /** `resizes`: what is left to do; nothing while containers start anew for it. */
  | { readonly kind: 'granted'; readonly resizes: readonly Resize[] };

export interface ResizeQuestion {
  readonly record: PodRecord;
  readonly views: ContainerViews;
  readonly machine: Machine;
  /** The records of the machine's other pods. */
  readonly neighbours: () => Iterable<PodRecord>;
}

export function resizeState({ record, views, machine, neighbours }: ResizeQuestion): ResizeState {
  const refused = refusal(record, neighbours, machine);
  if (refused) return { kind: 'refused', ...refused };
  const members = podMembers(record.pod);
  const resizes = members.flatMap((member) => pendingResize(member, record, views) ?? []);
  const restarting = members.some(({ spec }) => startsAnew(viewOf(views, spec.name)));
  return resizes.length > 0 || restarting ? { kind: 'granted', resizes } : { kind: 'none' };
}

/** The name under which a resize that failed is remembered. */
export function resizeName(container: string): string {
  return `resize ${container}`;
}

type Verdict = Pick<PodCondition, 'type' | 'status' | 'reason' | 'message'>;

/** Absent when nothing is to be resized. */
export function resizeConditions(
  state: ResizeState,
  failures: ReadonlyMap<string, { readonly message: string }>,
): readonly Verdict[] {
  switch (state.kind) {
    case 'none':
      return [];
    case 'refused': {
      const { reason, message } = state;
      return [{ type: 'PodResizePending', status: 'True', reason, message }];
    }
    case 'granted': {
      const names = state.resizes.map(({ container }) => resizeName(container.identity.container));
      const [failed] = names.flatMap((name) => failures.get(name) ?? []);
      const why = failed ? { reason: 'Error', message: failed.message } : {};
      return [{ type: 'PodResizeInProgress', status: 'True', ...why }];
    }
    default:
      return state satisfies never;
  }
}

/** What a container has: the pod's resources once they are in effect, until then what was reported before. */
export function resourcesStatus(
  { spec, kind }: Member,
  { resize, views }: { readonly resize: ResizeState; readonly views: ContainerViews },
  reported: ContainerStatus | undefined,
): Pick<ContainerStatus, 'resources' | 'allocatedResources'> {
  if (kind === 'ephemeral') return {};
  const { limits } = spec.resources ?? {};
  const requests = requested(spec);
  if (reported && isAwaited(spec.name, resize, views)) {
    const { resources, allocatedResources } = reported;
    return { ...(resources ? { resources } : {}), ...(allocatedResources ? { allocatedResources } : {}) };
  }
  const has = (amounts: object | undefined) => Object.keys(amounts ?? {}).length > 0;
  if (!has(limits) && !has(requests)) return {};
  return {
    resources: { ...(has(limits) ? { limits } : {}), ...(has(requests) ? { requests } : {}) },
    ...(has(requests) ? { allocatedResources: requests } : {}),
  };
}

/** The container does not have yet what the pod asks for. */
function isAwaited(name: string, resize: ResizeState, views: ContainerViews): boolean {
  if (resize.kind === 'refused' || startsAnew(viewOf(views, name))) return true;
  if (resize.kind === 'none') return false;
  return resize.resizes.some(({ container }) => container.identity.container === name);
}

/** It was ended for its new resources. */
function startsAnew(view: ContainerView): boolean {
  return view.kind === 'exited' && view.last.stopCause === 'resize';
}

function pendingResize(
  { kind, spec }: Member,
  { pod }: PodRecord,
  views: ContainerViews,
): Resize | undefined {
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
