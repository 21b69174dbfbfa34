// Which of the engine's runtimes a pod's containers are run by: the handler of its RuntimeClass. Docker has it by the
// same name among its runtimes, or refuses to make the sandbox.
import type { Pod } from '../../common/pod.ts';
import type { PodObjects } from './pod-objects.ts';

export type RuntimeChoice =
  /** Undefined: the engine's own choice. */
  | { readonly kind: 'chosen'; readonly runtime: string | undefined }
  | { readonly kind: 'problem'; readonly message: string }
  /** Whoever brings the news wakes the pod. */
  | { readonly kind: 'awaited' };

export function runtimeChoice({ spec }: Pod, objects: Pick<PodObjects, 'runtimeClass'>): RuntimeChoice {
  const name = spec.runtimeClassName;
  if (!name) return { kind: 'chosen', runtime: undefined };
  const found = objects.runtimeClass(name);
  switch (found.kind) {
    case 'found':
      return { kind: 'chosen', runtime: found.value };
    case 'absent':
      return { kind: 'problem', message: `runtimeclasses.node.k8s.io "${name}" not found` };
    case 'unknown':
      if (found.reason === undefined) return { kind: 'awaited' };
      return { kind: 'problem', message: `cannot read RuntimeClass "${name}": ${found.reason}` };
    default:
      return found satisfies never;
  }
}
