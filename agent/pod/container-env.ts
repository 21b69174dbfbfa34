// A container's environment, and its command and arguments with it filled in. From the weakest to the strongest: the
// variables of Services, envFrom in its order, env in its order. Read anew at each start; nothing changes it after.
import type { Pod } from '../../common/pod.ts';
import { type Downward, fieldValue, type PodPlace, resourceValue } from './downward.ts';
import { type EnvFiles, envFileKey, envFileValue } from './env-file.ts';
import { expand } from './expansion.ts';
import type { PodContainer } from './pod-containers.ts';
import type { Lookup, PodObjects } from './pod-objects.ts';

export type EnvResult =
  | { readonly kind: 'ok'; readonly env: ReadonlyMap<string, string> }
  | { readonly kind: 'problem'; readonly message: string };

/** What the pod says, where it is, and what it refers to. */
export interface EnvContext {
  readonly pod: Pod;
  readonly place: PodPlace;
  readonly objects: PodObjects;
  /** What other containers have left in its volumes. */
  readonly files: EnvFiles;
}

type EnvVar = NonNullable<PodContainer['env']>[number];
type EnvSource = NonNullable<PodContainer['envFrom']>[number];
type ValueSource = NonNullable<EnvVar['valueFrom']>;
type FileSource = NonNullable<ValueSource['fileKeyRef']>;

/** A later variable sees the earlier ones and those of Services, and wins over one of its name. */
export function containerEnv(container: PodContainer, context: EnvContext): EnvResult {
  try {
    return { kind: 'ok', env: collect(container, context) };
  } catch (error) {
    if (error instanceof EnvProblem) return { kind: 'problem', message: error.message };
    throw error;
  }
}

/** Why the variables cannot be made, in the kubelet's words. */
class EnvProblem extends Error {}

function collect(container: PodContainer, context: EnvContext): ReadonlyMap<string, string> {
  const services = needed(context.objects.serviceVariables(), SERVICES_UNREAD) ?? new Map();
  const env = new Map<string, string>();
  for (const source of container.envFrom ?? []) {
    for (const [key, value] of sourceData(source, context)) env.set(`${source.prefix ?? ''}${key}`, value);
  }
  for (const { name, value, valueFrom } of container.env ?? []) {
    const lookup = (other: string) => env.get(other) ?? services.get(other);
    if (value) env.set(name, expand(value, lookup));
    else if (!valueFrom) env.set(name, '');
    else {
      const found = readSource(valueFrom, container, context);
      if (found !== undefined) env.set(name, found);
    }
  }
  return new Map([...services, ...env]);
}

/** Undefined: there is none, and there need not be. */
function readSource(source: ValueSource, container: PodContainer, context: EnvContext): string | undefined {
  const { pod, place, objects } = context;
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = source;
  if (fieldRef) return downward(fieldValue(fieldRef.fieldPath, pod, place));
  if (resourceFieldRef) return downward(resourceValue(resourceFieldRef, container, pod, place.machine));
  if (configMapKeyRef) {
    const { name = '', key, optional } = configMapKeyRef;
    const found = orAbsent(objects.configMap(name), 'configmap', { name, optional });
    return keyOf(found?.data, { kind: 'ConfigMap', name, key, optional }, pod);
  }
  if (secretKeyRef) {
    const { name = '', key, optional } = secretKeyRef;
    const found = orAbsent(objects.secret(name), 'secret', { name, optional });
    const value = keyOf(found?.data, { kind: 'Secret', name, key, optional }, pod);
    return value === undefined ? undefined : fromBase64(value);
  }
  if (fileKeyRef) return fileValue(fileKeyRef, context);
  throw new EnvProblem('valueFrom names no source');
}

/** An empty value is none, as the kubelet has it. */
function fileValue(source: FileSource, { files }: EnvContext): string | undefined {
  const { volumeName, path, key, optional } = source;
  const file = files.get(envFileKey(volumeName, path));
  if (!file) throw new EnvProblem(`cannot find the volume "${volumeName}" referenced by FileKeyRef`);
  if (file.kind === 'absent' && optional) return undefined;
  const found = file.kind === 'found' ? envFileValue(file.text, key) : { kind: 'malformed' as const };
  if (found.kind === 'malformed') throw new EnvProblem("couldn't parse env file");
  if (found.kind === 'found' && found.value !== '') return found.value;
  if (optional) return undefined;
  throw new EnvProblem(`environment variable key "${key}" not found in file "${path}"`);
}

function* sourceData(source: EnvSource, { objects }: EnvContext): Generator<readonly [string, string]> {
  const { configMapRef, secretRef } = source;
  if (configMapRef) {
    const { name = '', optional } = configMapRef;
    yield* orAbsent(objects.configMap(name), 'configmap', { name, optional })?.data ?? [];
  } else if (secretRef) {
    const { name = '', optional } = secretRef;
    const secret = orAbsent(objects.secret(name), 'secret', { name, optional });
    for (const [key, value] of secret?.data ?? []) yield [key, fromBase64(value)];
  }
}

interface Wanted {
  readonly name: string;
  readonly optional: boolean | undefined;
}

/** Undefined: there is none, and there need not be. */
function orAbsent<T>(lookup: Lookup<T>, kind: string, { name, optional }: Wanted): T | undefined {
  const value = needed(lookup, `failed to sync ${kind} cache`);
  if (value === undefined && !optional) throw new EnvProblem(`${kind} "${name}" not found`);
  return value;
}

/** Undefined: there is none. */
function needed<T>(lookup: Lookup<T>, unknown: string): T | undefined {
  if (lookup.kind === 'found') return lookup.value;
  if (lookup.kind === 'absent') return undefined;
  throw new EnvProblem(lookup.reason === undefined ? unknown : `${unknown}: ${lookup.reason}`);
}

const SERVICES_UNREAD = 'services have not yet been read at least once, cannot construct envvars';

function keyOf(
  data: ReadonlyMap<string, string> | undefined,
  wanted: Wanted & { readonly kind: string; readonly key: string },
  pod: Pod,
): string | undefined {
  const { kind, name, key, optional } = wanted;
  const value = data?.get(key);
  if (value !== undefined || optional) return value;
  throw new EnvProblem(`couldn't find key ${key} in ${kind} ${pod.metadata.namespace}/${name}`);
}

function downward(found: Downward): string {
  if ('problem' in found) throw new EnvProblem(found.problem);
  return found.value;
}

function fromBase64(text: string): string {
  return Buffer.from(text, 'base64').toString('utf8');
}

/** Something this container's environment is made of has not been heard of, and nothing but time keeps it from being. */
export function awaitsObjects(container: PodContainer, objects: PodObjects): boolean {
  const lookups: Lookup<unknown>[] = [objects.serviceVariables()];
  for (const { configMapRef, secretRef } of container.envFrom ?? []) {
    if (configMapRef) lookups.push(objects.configMap(configMapRef.name ?? ''));
    if (secretRef) lookups.push(objects.secret(secretRef.name ?? ''));
  }
  for (const { valueFrom } of container.env ?? []) {
    if (valueFrom?.configMapKeyRef) lookups.push(objects.configMap(valueFrom.configMapKeyRef.name ?? ''));
    if (valueFrom?.secretKeyRef) lookups.push(objects.secret(valueFrom.secretKeyRef.name ?? ''));
  }
  return lookups.some((lookup) => lookup.kind === 'unknown' && lookup.reason === undefined);
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
