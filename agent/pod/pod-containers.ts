// The containers of a pod, from whichever list of its spec. What a container is to its pod decides when it starts,
// whether it starts again, and what its end means.
import type { Pod } from '../../common/pod.ts';

export type PodContainer = Pod['spec']['containers'][number];

export type ContainerKind =
  /** Runs to its end before the next one starts. */
  | 'init'
  /** An init container that stays: started in their order, restarted always, stopped last; it keeps no pod alive. */
  | 'sidecar'
  | 'regular'
  /** Put in while the pod runs; never started again. */
  | 'ephemeral';

export interface Member {
  readonly kind: ContainerKind;
  readonly spec: PodContainer;
  /** An ephemeral container's: the container whose processes it is to see. */
  readonly target?: string;
}

/** In the order in which they start, but for ephemeral ones, which wait for nobody. */
export function podMembers({ spec }: Pod): readonly Member[] {
  return [
    ...(spec.initContainers ?? []).map(
      (container): Member => ({ kind: isSidecar(container) ? 'sidecar' : 'init', spec: container }),
    ),
    ...spec.containers.map((container): Member => ({ kind: 'regular', spec: container })),
    ...(spec.ephemeralContainers ?? []).map(
      ({ targetContainerName, ...container }): Member => ({
        kind: 'ephemeral',
        spec: container,
        ...(targetContainerName ? { target: targetContainerName } : {}),
      }),
    ),
  ];
}

export function findMember(pod: Pod, name: string): Member | undefined {
  return podMembers(pod).find(({ spec }) => spec.name === name);
}

/** Such as `spec.initContainers{migrate}`. */
export function fieldPath({ kind, spec }: Member): string {
  return `spec.${LISTS[kind]}{${spec.name}}`;
}

const LISTS = {
  init: 'initContainers',
  sidecar: 'initContainers',
  regular: 'containers',
  ephemeral: 'ephemeralContainers',
} as const;

function isSidecar({ restartPolicy }: PodContainer): boolean {
  return restartPolicy === 'Always';
}
