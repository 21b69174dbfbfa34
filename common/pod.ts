// Kubernetes objects as they are in JSON. The client library types say `Date` where the wire has strings, so what
// crosses a wire or a disk is Json<T>.
import type { V1ContainerStatus, V1Pod, V1PodCondition, V1PodStatus } from '@kubernetes/client-node';

/** T with every Date as the RFC 3339 string it is in JSON. */
export type Json<T> = T extends Date
  ? string
  : T extends (infer Item)[]
    ? Json<Item>[]
    : T extends object
      ? { [Key in keyof T]: Json<T[Key]> }
      : T;

export type PodStatus = Json<V1PodStatus>;
export type PodCondition = Json<V1PodCondition>;
export type ContainerStatus = Json<V1ContainerStatus>;

/** A pod as the API server gives it: these fields are always there. */
export type Pod = Json<V1Pod> & {
  metadata: NonNullable<Json<V1Pod>['metadata']> & { name: string; namespace: string; uid: string };
  spec: NonNullable<Json<V1Pod>['spec']>;
};

/** `namespace/name`, for people and logs; the key for machines is the UID. */
export function podKey(pod: Pick<Pod, 'metadata'>): string {
  return `${pod.metadata.namespace}/${pod.metadata.name}`;
}

/** Succeeded and Failed are final: such a pod never starts again. */
export function isTerminal(status: PodStatus | undefined): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

/** Of all containers: init, regular and ephemeral. */
export function containerStatuses(status: PodStatus | undefined): ContainerStatus[] {
  return [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
    ...(status?.ephemeralContainerStatuses ?? []),
  ];
}
