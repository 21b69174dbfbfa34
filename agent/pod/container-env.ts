// A container's environment, and its command and arguments with it filled in.
import type { Pod } from '../../common/pod.ts';
import type { PodContainer } from './container-view.ts';
import { fieldValue, type PodPlace, resourceValue } from './downward.ts';
import { expand } from './expansion.ts';

export type EnvResult =
  | { readonly kind: 'ok'; readonly env: ReadonlyMap<string, string> }
  | { readonly kind: 'problem'; readonly message: string };

type EnvVar = NonNullable<PodContainer['env']>[number];

/** A later variable sees the earlier ones, and wins over one of its name. */
export function containerEnv(container: PodContainer, pod: Pod, place: PodPlace): EnvResult {
  const env = new Map<string, string>();
  for (const variable of container.env ?? []) {
    const value = variableValue(variable, env, container, pod, place);
    if ('problem' in value) return { kind: 'problem', message: value.problem };
    env.set(variable.name, value.value);
  }
  return { kind: 'ok', env };
}

function variableValue(
  variable: EnvVar,
  env: ReadonlyMap<string, string>,
  container: PodContainer,
  pod: Pod,
  place: PodPlace,
) {
  const { value, valueFrom } = variable;
  if (value) return { value: expand(value, (name) => env.get(name)) };
  if (valueFrom?.fieldRef) return fieldValue(valueFrom.fieldRef.fieldPath, pod, place);
  if (valueFrom?.resourceFieldRef)
    return resourceValue(valueFrom.resourceFieldRef, container, pod, place.machine);
  return { value: '' };
}

/** Docker's Entrypoint and Cmd; what the pod does not say is the image's. */
export function containerCommand(
  container: PodContainer,
  env: ReadonlyMap<string, string>,
): { readonly Entrypoint?: string[]; readonly Cmd?: string[] } {
  const fill = (texts: readonly string[]) => texts.map((text) => expand(text, (name) => env.get(name)));
  const { command, args } = container;
  return {
    ...(command && command.length > 0 ? { Entrypoint: fill(command) } : {}),
    ...(args && args.length > 0 ? { Cmd: fill(args) } : {}),
  };
}
