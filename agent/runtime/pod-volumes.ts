// What the workers need of the machine to give a pod its volumes, and the steps that use it. What goes wrong is told as
// the kubelet tells it.
import { type EnvFile, type EnvFiles, envFileKey } from '../pod/env-file.ts';
import type { PodContainer } from '../pod/pod-containers.ts';
import type { PodVolume } from '../pod/pod-volume.ts';
import type { PodEvent } from '../pod/status-events.ts';
import { type BindMount, bindMount, type VolumeMount, volumeMounts } from '../pod/volume-mounts.ts';
import type { StepContext } from './step-executor.ts';

/** All of it is idempotent, and finds again what an agent that died has left half done. */
export interface PodVolumes {
  /** Makes what is not there yet. Resolves with what could not be made. */
  setUp(podUid: string, volumes: readonly PodVolume[]): Promise<readonly VolumeFailure[]>;
  /** Where each of a container's mounts lies on this machine, in their order. Its volumes must have been set up. */
  sources(wish: {
    readonly podUid: string;
    readonly container: string;
    readonly volumes: readonly PodVolume[];
    readonly mounts: readonly VolumeMount[];
  }): Promise<
    | { readonly kind: 'ok'; readonly sources: readonly string[] }
    | { readonly kind: 'problem'; readonly message: string }
  >;
  /** What a container has left in a file of a volume. */
  read(wish: {
    readonly podUid: string;
    readonly volume: PodVolume;
    readonly path: string;
  }): Promise<EnvFile>;
  /** Takes all of a pod's volumes away, none of what is the machine's own. Rejects while something is in use. */
  tearDown(podUid: string): Promise<void>;
  /** The UIDs of pods that have something here. */
  held(): Promise<readonly string[]>;
}

export interface VolumeFailure {
  readonly volume: string;
  readonly message: string;
}

/** A pod's volumes as one text: another one means that they are to be set up again. Undefined when it has none. */
export function wantedVolumes(volumes: readonly PodVolume[]): string | undefined {
  return volumes.length === 0 ? undefined : JSON.stringify(volumes);
}

export async function setUpVolumes(context: StepContext): Promise<void> {
  const { pod, podVolumes, volumes, memory, emit } = context;
  const wanted = wantedVolumes(podVolumes) ?? '';
  const failures = await volumes.setUp(pod.metadata.uid, podVolumes);
  const events = [...podVolumes.flatMap(refusal), ...failures.map(failure)];
  for (const event of events) emit(event);
  if (events.length === 0) memory.volumes.setUp(wanted);
  else memory.volumes.failed(wanted, false);
}

export async function tearDownVolumes({ pod, volumes, memory }: StepContext): Promise<void> {
  await volumes.tearDown(pod.metadata.uid);
  memory.volumes.gone();
}

function failure({ volume, message }: VolumeFailure): PodEvent {
  return failedMount(`MountVolume.SetUp failed for volume "${volume}" : ${message}`);
}

function refusal(volume: PodVolume): PodEvent[] {
  if (volume.kind !== 'refused') return [];
  const { name, reason } = volume;
  const message = `Unable to attach or mount volumes: unmounted volumes=[${name}], unattached volumes=[], failed to process volumes=[${name}]: no volume plugin matched (${reason})`;
  return [failedMount(message)];
}

function failedMount(message: string): PodEvent {
  return { type: 'Warning', reason: 'FailedMount', message };
}

/** The files that a container takes variables from, as they are now. */
export async function envFiles(
  container: PodContainer,
  { pod, podVolumes, volumes }: StepContext,
): Promise<EnvFiles> {
  const files = new Map<string, EnvFile>();
  for (const { valueFrom } of container.env ?? []) {
    const { volumeName, path } = valueFrom?.fileKeyRef ?? {};
    const volume = podVolumes.find(({ kind, name }) => kind === 'empty-dir' && name === volumeName);
    if (!volume || path === undefined || files.has(envFileKey(volume.name, path))) continue;
    const file = await volumes.read({ podUid: pod.metadata.uid, volume, path });
    files.set(envFileKey(volume.name, path), file);
  }
  return files;
}

export type ContainerMounts =
  | { readonly kind: 'ok'; readonly mounts: readonly BindMount[] }
  | { readonly kind: 'problem'; readonly message: string };

/** What Docker is to show the container of its pod's volumes. */
export async function containerMounts(
  container: PodContainer,
  env: ReadonlyMap<string, string>,
  { pod, podVolumes, volumes, view }: StepContext,
): Promise<ContainerMounts> {
  const wished = volumeMounts(pod, container, { env, recursiveReadOnly: view.recursiveReadOnly });
  if (wished.kind === 'problem') return wished;
  const { mounts } = wished;
  if (mounts.length === 0) return { kind: 'ok', mounts: [] };
  const found = await volumes.sources({
    podUid: pod.metadata.uid,
    container: container.name,
    volumes: podVolumes,
    mounts,
  });
  if (found.kind === 'problem') return found;
  return { kind: 'ok', mounts: mounts.map((mount, index) => bindMount(mount, found.sources[index] ?? '')) };
}
