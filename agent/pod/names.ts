// The Docker names of a pod's containers: `k8s_<container>_<pod>_<namespace>_<uid>_<attempt>`. A name is used once, so
// creating a container is idempotent. No part may hold an underscore, and no Kubernetes name does.

/** Stands where the container's name is, in the name and labels of the pod's sandbox. */
export const SANDBOX = 'POD';

interface ContainerNameParts {
  /** `POD` for the sandbox. */
  readonly container: string;
  readonly pod: string;
  readonly namespace: string;
  readonly uid: string;
  readonly attempt: number;
}

export function containerName(parts: ContainerNameParts): string {
  const { container, pod, namespace, uid, attempt } = parts;
  return `k8s_${container}_${pod}_${namespace}_${uid}_${attempt}`;
}
